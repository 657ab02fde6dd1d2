"""Tokens in the Django admin: made, shown once, revoked; and people with their groups."""

from typing import Any

from django import forms
from django.contrib import admin
from django.contrib.auth.admin import GroupAdmin, UserAdmin
from django.contrib.auth.models import Group, User
from django.db.models import QuerySet
from django.http import HttpRequest, HttpResponse
from django.template.response import TemplateResponse
from django.utils.safestring import SafeString

from access_app import services
from access_app.models import Token
from access_app.rules import Level
from access_app.selectors import level_of
from projects_app.models import Project
from storage_app.service_admin import TurnAdmin, badge, link_to, moment


class TokenForm(forms.ModelForm):
    project_id = forms.ModelChoiceField(
        Project.objects.order_by("name"), required=False, label="Project", empty_label="all"
    )
    days = forms.IntegerField(
        initial=services.DAYS, min_value=1, max_value=services.DAYS_AT_MOST, label="Days it lives"
    )

    class Meta:
        model = Token
        fields = ("name", "level")

    def clean_project_id(self) -> str:
        project: Project | None = self.cleaned_data["project_id"]
        return project.pk if project else ""


@admin.register(Token)
class TokenAdmin(TurnAdmin):
    form = TokenForm
    fields = ("name", "level", "project_id", "days")
    actions = ("revoke_selected",)
    list_display = ("name", "id", "level", "state_badge", "project", "created", "expires", "used")
    list_filter = ("level",)
    search_fields = ("id", "name")
    ordering = ("-created_at", "-id")

    def has_change_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        """What a token may do does not change under the program that carries it."""
        return False

    def has_delete_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        """Revoked ones stay, so that it can be seen later what there was."""
        return False

    def get_fields(self, request: HttpRequest, obj: Any = None) -> Any:
        shown = ("name", "id", "level", "state_badge", "project", "created", "expires", "used")
        return self.fields if obj is None else shown

    def get_readonly_fields(self, request: HttpRequest, obj: Any = None) -> Any:
        return () if obj is None else self.get_fields(request, obj)

    def save_model(self, request: HttpRequest, obj: Any, form: Any, change: bool) -> None:
        said = form.cleaned_data
        made = services.create_token(
            name=said["name"],
            level=Level(said["level"]),
            project_id=said["project_id"],
            days=said["days"],
        )
        obj.pk, obj._secret = made.token.pk, made.secret

    def response_add(
        self, request: HttpRequest, obj: Any, post_url_continue: str | None = None
    ) -> HttpResponse:
        """The secret in this very answer: a message would wait for the next page in a cookie."""
        context = {
            **self.admin_site.each_context(request),
            "title": "Token made",
            "opts": self.opts,
            "token": obj,
            "secret": obj._secret,
        }
        return TemplateResponse(request, "admin/access_app/token/made.html", context)

    @admin.action(description="Revoke selected tokens", permissions=["add"])
    def revoke_selected(self, request: HttpRequest, queryset: QuerySet[Token]) -> None:
        revoked = [str(services.revoke_token(token.pk)) for token in queryset]
        self.message_user(request, f"Revoked {', '.join(revoked)}.")

    @admin.display(description="state")
    def state_badge(self, token: Token) -> SafeString | str:
        return badge(token.state)

    def project(self, token: Token) -> SafeString | str:
        return link_to("projects_app_project", token.project_id) if token.project_id else "all"

    @admin.display(ordering="created_at")
    def created(self, token: Token) -> str:
        return moment(token.created_at)

    @admin.display(ordering="expires_at")
    def expires(self, token: Token) -> str:
        return moment(token.expires_at)

    @admin.display(description="last used", ordering="last_used_at")
    def used(self, token: Token) -> str:
        return moment(token.last_used_at)


admin.site.unregister((User, Group))


@admin.register(User)
class PersonAdmin(TurnAdmin, UserAdmin):
    """What people may do is their group's: permissions of single models are not asked here."""

    list_display = ("username", "level", "is_active", "email", "last_login")
    list_filter = ("groups", "is_superuser", "is_active")
    fieldsets = (
        (None, {"fields": ("username", "password")}),
        ("What they may do", {"fields": ("is_active", "groups", "is_superuser")}),
        ("Who they are", {"fields": ("first_name", "last_name", "email")}),
        ("When", {"fields": ("last_login", "date_joined")}),
    )
    add_fieldsets = ((None, {"fields": ("username", "usable_password", "password1", "password2")}),)
    readonly_fields = ("last_login", "date_joined")
    filter_horizontal = ("groups",)

    def level(self, user: User) -> str:
        return level_of(user).word


@admin.register(Group)
class LevelGroupAdmin(TurnAdmin, GroupAdmin):
    """The three levels by their names; other groups mean nothing to Maestro."""

    fields = ("name",)
    list_display = ("name", "people")
    filter_horizontal = ()

    def people(self, group: Group) -> int:
        return group.user_set.count()

    def has_change_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return self.has_delete_permission(request, obj)

    def has_delete_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        """The levels stay as they are; who is in them is said of each person."""
        return obj is None or obj.name not in {level.word for level in Level}

    def get_actions(self, request: HttpRequest) -> Any:
        """Deleting several does not ask about each."""
        return {}
