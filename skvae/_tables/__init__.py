"""Tables: reading, formats, codecs. numpy and pandas, never torch."""
