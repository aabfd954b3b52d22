"""Benchmarks: each way of ours beside its floor or a peer, in the same run.

``make bench``, ``make bench CASE="save_matching telegram"``, ``python -m bench --rounds 25``.

A case is a context manager that yields one ``Case``; ``bench/cases.py`` lists them all by name.
Each is run in a process of its own, and one that needs a database once on each that answers: the
process has then set up Django with the suite's settings, on an empty database of its own, which is
dropped in the end. What a case sets up stands before its ``yield``, what it takes down after::

    @contextmanager
    def plan() -> Iterator[Case]:
        people = make_people(1000)
        with override_settings(DSN={...}):
            yield Case(
                floor_name="a bare bulk_create",
                count=1000,
                ours=lambda: plan_event(people),
                floor=lambda: create_rows(people),
                promise=AtLeastAsFast(0.8),
            )

Both sides are run once to warm up, then in turn, round by round. A side that returns nothing is
timed; one that returns a number has measured by itself, in the case's ``unit``: so preparation is
left out (``return timed(work)``), and so memory or a percentile is measured. A case may ask for
its own number of ``rounds``. Both are divided by ``count``. What is promised: ``AtMostTimes``,
``AtLeastAsFast`` or ``AtMostMore``; without a promise the ratio is only shown.

A side in another process or environment is a ``Child``: a command that calls ``answer(work)`` and
stays alive, so that its rounds alternate with the others': ``floor=child.round``. ``bench.child``
imports the standard library only.
"""
