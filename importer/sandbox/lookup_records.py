"""Look-up records: projects, clients, tags, statuses and people as the JSON that the API gives.

Documented: the fields, those that are always the same here included. Which are null is a guess.
"""

from collections.abc import Iterable, Mapping, Sequence
from typing import Any

from importer.sandbox.datafile import Row
from importer.sandbox.records import ORGANIZATION, WORKSPACE, lite, rate


def project(
    row: Row, client: Row | None, tags: Iterable[Row], sums: Row | None, flags: Mapping[str, Any]
) -> Row:
    """models.Project, or with `sums` the list's models.ProjectWithAggregations."""
    tags = list(tags)
    names = [
        "id",
        "name",
        "client_id",
        "color",
        "description",
        "start_date",
        "end_date",
        "estimated_mins",
        "toggl_user_id",
        "completed_at",
        "archived_at",
        "created_at",
        "updated_at",
    ]
    record = lite(row, *names)
    record |= {flag: bool(row[flag]) for flag in ("active", "billable", "draft", "pinned", "private")}
    record |= {
        "auto_compute_estimates": False,
        "client": lite(client, "id", "name") if client else None,
        "completion_mode": "manual",
        "custom_field_values": None,
        "deleted_at": None,
        "is_template": False,
        "parent_project_id": None,
        "permissions": ["view", "edit"],
        "rate": rate(row) if flags.get("include_rates") else None,
        "rollover_mode": "expire",
        "rrule": None,
        "tag_ids": [tag["id"] for tag in tags],
        "tags": [lite(tag, "id", "name", "color") for tag in tags],
        "workspace_id": WORKSPACE,
    }
    return record | (sums or {})


def client(row: Row) -> Row:
    record = lite(row, "id", "name", "currency", "created_at", "updated_at")
    return record | {"active": bool(row["active"]), "deleted_at": None, "workspace_id": WORKSPACE}


def tag(row: Row) -> Row:
    record = lite(row, "id", "name", "color", "created_at", "updated_at")
    return record | {"deleted_at": None, "workspace_id": WORKSPACE}


def status(row: Row) -> Row:
    record = lite(row, "id", "name", "type", "emoji", "position", "created_at", "updated_at")
    return record | {"deleted_at": None, "workspace_id": WORKSPACE}


def user(row: Row, teams: Sequence[Row]) -> Row:
    """organization.OrganizationUserResponse. Of its three ids tasks know `user_account_id`."""
    groups = [lite(team, "id", "name", "emoji") for team in teams]
    inside = {
        "id": WORKSPACE,
        "name": "Practice",
        "workspace_user_id": row["workspace_user_id"],
        "focus_role_id": 2,
        "track_role_id": 2,
        "work_role_id": 2,
        "toggl_products": ["focus"],
        "groups": groups,
    }
    return {
        **lite(row, "id", "user_account_id", "name", "email", "created_at"),
        **{flag: bool(row[flag]) for flag in ("active", "admin")},
        "2fa_enabled": False,
        "account_locked_at": None,
        "can_edit_personal_details": False,
        "deleted_at": None,
        "groups": [{**group, "workspace_ids": [WORKSPACE]} for group in groups],
        "invite_sent": False,
        "joined": True,
        "organization_id": ORGANIZATION,
        "owner": bool(row["admin"]),
        "permissions": {},
        "rate": None,
        "tags": [],
        "updated_at": row["created_at"],
        "user_id": f"u-{row['user_account_id']}",
        "working_hours": None,
        "workspaces": [inside],
    }
