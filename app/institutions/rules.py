"""Nobody hands himself reach: what an operator may do alone, what a second person confirms."""

from collections.abc import Collection
from dataclasses import dataclass
from datetime import timedelta
from uuid import UUID

from app.accounts.models import Role
from app.institutions.models import Institution, Title

# A change that nobody has confirmed until then is void.
WAITS_FOR = timedelta(days=7)
# Whoever was given an account is for so long no independent witness for who gave it.
NOT_INDEPENDENT_FOR = timedelta(days=30)

CLINICAL: frozenset[str] = frozenset({Role.DOCTOR, Role.SUPERVISOR})


@dataclass(frozen=True)
class Standing:
    """How an account stands.

    `teams` maps institutions to paths: those of the own teams and of every team that is or will be
    stood in for. `in_use`: whoever holds it has chosen its password. `tree_has_teams`, anywhere
    from the topmost institution down: without a team there is no record.
    """

    staff_id: UUID
    roles: frozenset[str]
    title: Title
    home: Institution
    teams: dict[UUID, str]
    in_use: bool
    tree_has_teams: bool

    @property
    def scope_ids(self) -> list[UUID]:
        """Whose records are at stake."""
        own = {self.home.id} if Role.SUPERVISOR in self.roles or not self.teams else set[UUID]()
        return sorted(own | self.teams.keys())


def opens_records(standing: Standing, roles: Collection[str] | None = None) -> bool:
    """Say whether an account opens records, as it stands or with these roles.

    A doctor without a team opens none. A supervisor without one opens what comes below, and that
    is asked of nobody again: so it counts as soon as there is a team anywhere.
    """
    held = frozenset(standing.roles if roles is None else roles)
    in_teams = bool(standing.teams) and bool(CLINICAL & held)
    return in_teams or (Role.SUPERVISOR in held and standing.tree_has_teams)


def is_trusted(standing: Standing) -> bool:
    """Say whether others may give this account reach because they know whose it is.

    It does not matter what it opens at the moment: an operator takes it out of its teams, or its
    roles away, alone, and whoever lets it in again means the person they know.
    """
    return opens_records(standing) or (standing.in_use and standing.tree_has_teams)


def lies_within(operator: Institution, standing: Standing) -> bool:
    """Say whether the account's teams all lie in the operator's subtree."""
    return all(path.startswith(operator.path) for path in standing.teams.values())
