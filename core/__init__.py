"""Plain Python that every app stands on: ids, clock, errors, files, SQLite. No Django here."""
