"""Executing queries by plans that are made once for each document.

graphql-core works out anew for every field of every object what its type and its resolver are, and builds the
description of the field that a resolver may want to look at. For a query without directives none of that differs from
one request to the next: `resolvers.plans` holds it, and leaves out the description for resolvers that do not look at it
(their second parameter is named ``_``). What is answered, errors included, is what graphql-core would answer: it
reads variables and arguments, places errors, and executes whatever has no plan.
"""

from __future__ import annotations

from collections.abc import Awaitable, Sequence
from types import CoroutineType
from typing import Any, ClassVar

from graphql import GraphQLError
from graphql.execution.executor_throwing_on_incremental import ExecutorThrowingOnIncremental
from graphql.execution.values import get_argument_values
from graphql.pyutils import Path, gather_with_cancel, is_iterable

from resolvers.plans import MAX_ANSWERS, Complete, PlannedField, Plans, Selection, Steps


class PlannedExecutor(ExecutorThrowingOnIncremental):
    """Executes by plans; see `planned_executor`."""

    plans: ClassVar[Plans]

    def execute_collected_root_fields(
        self,
        root_type: Any,
        root_value: Any,
        grouped_field_set: dict[str, list[Any]],
        serially: bool,
        new_defer_usages: Sequence[Any],
    ) -> Any:
        """Execute the operation by its plan, if it has one."""
        plan = None
        if not serially and not new_defer_usages and self.abort_signal is None and self.middleware_manager is None:
            plan = self.plans.of(self, root_type, grouped_field_set)
        if plan is None:
            return super().execute_collected_root_fields(
                root_type, root_value, grouped_field_set, serially, new_defer_usages
            )
        return self.execute_selection(plan, root_value, None)

    def info_of(self, planned: PlannedField, steps: Steps) -> Any:
        """The description of a field, for who looks at it."""
        return self.build_resolve_info(planned.definition, planned.nodes, planned.parent_type, _path(steps))

    # -- objects ----------------------------------------------------------------------------------------------

    def execute_selection(self, selection: Selection, source: Any, steps: Steps | None) -> Any:
        """The answers to the fields of an object, or a coroutine that gives them."""
        results: dict[str, Any] = {}
        pending: list[str] = []
        try:
            for name, alone, as_it_is, complete, type_name, planned in selection.rows:
                try:
                    value = alone(source, None) if alone else self._resolve(planned, source, (steps, name, type_name))
                    if value.__class__ in as_it_is:
                        results[name] = value
                        continue
                    here = (steps, name, type_name)
                    if hasattr(value, "__await__"):
                        results[name] = self._later(planned, planned.definition.type, complete, value, here)
                        pending.append(name)
                        continue
                    value = complete(self, value, here)
                    if value.__class__ is CoroutineType:
                        value = self._guarded(planned, planned.definition.type, value, here)
                        pending.append(name)
                    results[name] = value
                except Exception as error:  # noqa: BLE001 - a resolver may raise anything
                    self._failed(error, planned.definition.type, planned, (steps, name, type_name))
                    results[name] = None
        except Exception:
            if pending:
                self.settle_in_background([results[name] for name in pending])
            raise
        return _filled(results, pending) if pending else results

    def settle(self, selection: Selection, source: Any, answers: dict[object, Any], steps: Steps) -> Any:
        """The answer to a settled selection, kept by the object unless there is something wrong with it."""
        wrong = len(self.collected_errors.errors)
        made = self.execute_selection(selection, source, steps)
        if made.__class__ is dict and len(self.collected_errors.errors) == wrong:
            if len(answers) >= MAX_ANSWERS:
                answers.clear()
            answers[selection] = made
        return made

    def _resolve(self, planned: PlannedField, source: Any, steps: Steps) -> Any:
        """Call a resolver that wants more than the source."""
        arguments = planned.arguments
        if arguments is None:
            detail = planned.details[0]
            arguments = get_argument_values(
                planned.definition,
                detail.node,
                self.variable_values,
                detail.fragment_variable_values,
                self.hide_suggestions,
            )
        return planned.resolve(source, self.info_of(planned, steps) if planned.looks else None, **arguments)

    # -- lists ------------------------------------------------------------------------------------------------

    def complete_items(
        self, planned: PlannedField, item_type: Any, complete: Complete, value: Any, steps: Steps
    ) -> Any:
        """The items of a list, or a coroutine that gives them."""
        if not is_iterable(value):
            field = f"{planned.parent_type}.{planned.details[0].node.name.value}"
            raise GraphQLError(f"Expected Iterable, but did not find one for field '{field}'.")
        made: list[Any] = []
        pending: list[int] = []
        try:
            for index, item in enumerate(value):
                here = (steps, index, None)
                try:
                    if hasattr(item, "__await__"):
                        one = self._later(planned, item_type, complete, item, here)
                        pending.append(index)
                    else:
                        one = complete(self, item, here)
                        if one.__class__ is CoroutineType:
                            one = self._guarded(planned, item_type, one, here)
                            pending.append(index)
                except Exception as error:  # noqa: BLE001 - a resolver may raise anything
                    self._failed(error, item_type, planned, here)
                    one = None
                made.append(one)
        except Exception:
            if pending:
                self.settle_in_background([made[index] for index in pending])
            raise
        return _filled(made, pending) if pending else made

    # -- what has to be waited for, and what failed -----------------------------------------------------------

    async def _later(
        self, planned: PlannedField, of: Any, complete: Complete, value: Awaitable[Any], steps: Steps
    ) -> Any:
        """Complete a value when it is there."""
        try:
            made = complete(self, await value, steps)
            return await made if made.__class__ is CoroutineType else made
        except Exception as error:  # noqa: BLE001 - a resolver may raise anything
            self._failed(error, of, planned, steps)
            return None

    async def _guarded(self, planned: PlannedField, of: Any, made: Awaitable[Any], steps: Steps) -> Any:
        """What is completed, or null if that fails."""
        try:
            return await made
        except Exception as error:  # noqa: BLE001 - a resolver may raise anything
            self._failed(error, of, planned, steps)
            return None

    def _failed(self, error: Exception, of: Any, planned: PlannedField, steps: Steps) -> None:
        """Note the error; raises it where there has to be a value."""
        self.handle_field_error(error, of, planned.details, _path(steps))


def planned_executor() -> type[PlannedExecutor]:
    """An ``executor_class`` for `graphql.execute`, with plans of its own: they hold on to the schemas they are of."""

    class Executor(PlannedExecutor):
        plans = Plans()

    return Executor


async def _filled(made: Any, pending: Sequence[Any]) -> Any:
    """A dictionary or list with what is pending under these keys put in its place."""
    if len(pending) == 1:
        made[pending[0]] = await made[pending[0]]
        return made
    for key, value in zip(pending, await gather_with_cancel(*(made[key] for key in pending)), strict=True):
        made[key] = value
    return made


def _path(steps: Steps) -> Path:
    before, key, type_name = steps
    return Path(None if before is None else _path(before), key, type_name)
