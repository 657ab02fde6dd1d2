"""What Django's admin asks: an admin may do everything there, and nobody else anything."""

from typing import Any

from django.contrib.auth.backends import ModelBackend

from access_app.rules import Level
from access_app.selectors import level_of


class LevelBackend(ModelBackend):
    """Levels go before permissions of single models, which nothing else here knows of."""

    def has_perm(self, user_obj: Any, perm: str, obj: Any = None) -> bool:
        return is_admin(user_obj)

    def has_module_perms(self, user_obj: Any, app_label: str) -> bool:
        return is_admin(user_obj)


def is_admin(user: Any) -> bool:
    """Kept with the user, because the admin asks dozens of times a page."""
    if not hasattr(user, "_maestro_level"):
        user._maestro_level = level_of(user)
    return bool(user._maestro_level is Level.ADMIN)
