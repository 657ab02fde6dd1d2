"""Plain Python that every app stands on: ids, clock, errors, atomic files, SQLite. No Django here."""
