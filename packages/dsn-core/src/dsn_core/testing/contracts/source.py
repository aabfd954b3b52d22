"""The contract of a recipient source."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import TYPE_CHECKING, ClassVar

from dsn_core.contract.occurrence import Occurrence, To
from dsn_core.plugins.complaints import complaints
from dsn_core.testing.contracts.faults import demand, fault

if TYPE_CHECKING:
    from collections.abc import Sequence

    from dsn_core.contract.occurrence import RecipientSource


class RecipientSourceContract:
    """Subclass it, and say what happens. Mark it as your other tests that use the database.

    Example::

        @pytest.mark.django_db
        class TestWatchers(RecipientSourceContract):
            source = Watchers

            def occurrences(self):
                article = Article.objects.create()
                return [Occurrence(verb="post_save", at=timezone.now(), action_object=article)]
    """

    source: ClassVar[type[RecipientSource]]

    def occurrences(self) -> Sequence[Occurrence]:
        """What may happen: at least one."""
        raise NotImplementedError

    def test_it_fulfils_the_contract(self) -> None:
        found = list(complaints("recipient_source", self.source, core=False))
        demand(not found, f"{self._name} {'; '.join(found)}.", "sources")

    def test_it_gives_users_and_addresses_alone(self) -> None:
        for occurrence in self._occurrences():
            for one in self._recipients(occurrence):
                demand(
                    self._is_recipient(one),
                    f"{self._name} gave {one!r}, which is neither a user nor a To.",
                    "sources",
                )

    def test_an_address_has_words(self) -> None:
        for occurrence in self._occurrences():
            for one in self._recipients(occurrence):
                demand(
                    not isinstance(one, To) or one.address.strip(),
                    f"{self._name} gave {one!r}, which leads nowhere.",
                    "sources",
                )

    def test_asked_again_it_gives_the_same(self) -> None:
        for occurrence in self._occurrences():
            first, second = (set(map(str, self._recipients(occurrence))) for _ in range(2))
            demand(
                first == second,
                f"Asked again {self._name} gave others, {sorted(first ^ second)!r}: after a crash "
                "it is asked again, and then other people would be told.",
                "sources",
            )

    def test_what_is_about_nothing_is_no_mistake(self) -> None:
        bare = Occurrence(verb="post_save", at=datetime(2026, 1, 1, tzinfo=UTC))
        for one in self._recipients(bare):
            demand(
                self._is_recipient(one),
                f"For an occurrence without an object {self._name} gave {one!r}, which is neither "
                "a user nor a To.",
                "sources",
            )

    @property
    def _name(self) -> str:
        return self.source.__qualname__

    def _occurrences(self) -> Sequence[Occurrence]:
        found = self.occurrences()
        demand(found, f"{type(self).__name__}.occurrences() must give at least one.", "use")
        return found

    def _recipients(self, occurrence: Occurrence) -> list[object]:
        try:
            return list(self.source().recipients(occurrence))
        except Exception as error:  # noqa: BLE001  # a plugin's code
            fault(
                f"{self._name} raised {type(error).__name__}: {error}. The event waits then, and "
                "nobody is told.",
                "sources",
            )

    def _is_recipient(self, one: object) -> bool:
        is_user = hasattr(one, "is_authenticated") or hasattr(one, "get_username")
        return one is None or isinstance(one, To) or is_user
