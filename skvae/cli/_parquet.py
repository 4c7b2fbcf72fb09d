"""A parquet file as a frame, and with new rows in its own types."""

from __future__ import annotations

import io
from dataclasses import dataclass
from typing import Any

import pandas as pd

from ._errors import CommandError
from ._reading import Reading, check_names


@dataclass(frozen=True)
class ParquetTable:
    """A parquet file that is read.

    Attributes
    ----------
    frame : DataFrame
        The columns that are learnt.
    said : str
        How it was read, for the user.
    table : pyarrow.Table
        All columns as they came.
    compression : str
        That of the file.
    """

    frame: pd.DataFrame
    said: str
    table: Any
    compression: str

    @classmethod
    def read(cls, raw: bytes, name: str, reading: Reading) -> ParquetTable:
        """Read a file.

        Parameters
        ----------
        raw : bytes
            The file.
        name : str
            Its name, for messages.
        reading : Reading
            The user's options.
        """
        try:
            import pyarrow as pa
            import pyarrow.parquet as pq
        except ImportError as error:
            raise ImportError(f'{name} needs pyarrow: pip install "skvae[cli]"') from error
        try:
            file = pq.ParquetFile(io.BytesIO(raw))
            table = file.read()
        except (pa.ArrowInvalid, OSError) as error:
            raise CommandError(f"{name} is no parquet file that can be read: {error}") from None
        if not table.num_rows:
            raise CommandError(f"{name} has columns, but no rows")
        check_names(reading, table.column_names, name)
        index = (table.schema.pandas_metadata or {}).get("index_columns", [])
        left_out = {*reading.exclude, *(one for one in index if isinstance(one, str))}
        left_out |= {c for c in table.column_names if table[c].null_count == table.num_rows}
        learnt = table.select([c for c in table.column_names if c not in left_out])
        # Numbers with gaps keep their type.
        types = {pa.type_for_alias(t.lower()): pd.api.types.pandas_dtype(t) for t in _NULLABLE}
        types[pa.bool_()] = pd.BooleanDtype()
        frame = learnt.to_pandas(types_mapper=types.get, ignore_metadata=True)
        for column in reading.categorical:
            frame[column] = frame[column].astype("category")
        group = file.metadata.row_group(0) if file.metadata.num_row_groups else None
        compression = group.column(0).compression.lower() if group else "snappy"
        return cls(
            frame, "parquet", table, "none" if compression == "uncompressed" else compression
        )

    def line_of(self, row: int) -> str:
        """Return where a row stands in the file, for messages."""
        return f"row {row}"

    def with_rows(self, new: pd.DataFrame, *, only_new: bool) -> bytes:
        """Return the file with new rows behind its own, or with these alone.

        Parameters
        ----------
        new : DataFrame
            The rows, with the columns of `frame`.
        only_new : bool
            Whether the rows of the file are left out.
        """
        import pyarrow as pa
        import pyarrow.parquet as pq

        arrays = [
            pa.array(new[field.name], type=field.type, from_pandas=True)
            if field.name in new
            else pa.nulls(len(new), field.type)
            for field in self.table.schema
        ]
        rows = pa.Table.from_arrays(arrays, schema=self.table.schema)
        whole = rows if only_new else pa.concat_tables([self.table, rows])
        file = io.BytesIO()
        pq.write_table(whole, file, compression=self.compression)
        return file.getvalue()


_NULLABLE = ("Int8", "Int16", "Int32", "Int64", "UInt8", "UInt16", "UInt32", "UInt64")
