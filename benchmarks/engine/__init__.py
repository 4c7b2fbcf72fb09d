"""Running of many fits: spread over processes, appended to a CSV, resumed."""
