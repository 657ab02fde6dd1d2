"""What can go wrong with a command, each with its exit code; nothing is printed here."""


class CliError(Exception):
    """Ends a command with one clear line."""

    exit_code = 1

    def __init__(self, code: str, message: str) -> None:
        super().__init__(message)
        self.code = code
        self.message = message


class Refused(CliError):
    """The server answered, and the answer is no; `status` is HTTP's."""

    def __init__(self, code: str, message: str, *, status: int = 400) -> None:
        super().__init__(code, message)
        self.status = status


class UsageError(CliError):
    """The command line or its environment does not say enough."""

    exit_code = 2

    def __init__(self, message: str) -> None:
        super().__init__("usage", message)


class NoServer(CliError):
    """Nothing answers where the server should be."""

    exit_code = 3

    def __init__(self, message: str) -> None:
        super().__init__("no_server", message)
