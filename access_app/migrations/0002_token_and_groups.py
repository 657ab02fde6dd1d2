"""The tokens of programs, and the groups that give people their level."""

from django.db import migrations, models

GROUPS = ("viewer", "operator", "admin")


def make_groups(apps, schema_editor):
    groups = apps.get_model("auth", "Group").objects
    for name in GROUPS:
        groups.get_or_create(name=name)


class Migration(migrations.Migration):
    dependencies = [
        ("access_app", "0001_idempotent_answer"),
        ("auth", "0012_alter_user_first_name_max_length"),
    ]

    operations = [
        migrations.CreateModel(
            name="Token",
            fields=[
                (
                    "id",
                    models.CharField(
                        editable=False, max_length=12, primary_key=True, serialize=False
                    ),
                ),
                ("name", models.CharField(help_text="what it is for", max_length=100)),
                ("secret_hash", models.CharField(editable=False, max_length=64)),
                (
                    "level",
                    models.PositiveSmallIntegerField(
                        choices=[(1, "viewer"), (2, "operator"), (3, "admin")], default=1
                    ),
                ),
                (
                    "project_id",
                    models.CharField(
                        blank=True,
                        help_text="the only project that it reaches; or all",
                        max_length=64,
                        verbose_name="project",
                    ),
                ),
                ("created_at", models.BigIntegerField()),
                ("expires_at", models.BigIntegerField()),
                ("revoked_at", models.BigIntegerField(null=True)),
                ("last_used_at", models.BigIntegerField(null=True)),
            ],
        ),
        migrations.RunPython(make_groups, migrations.RunPython.noop),
    ]
