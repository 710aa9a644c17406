"""Items that are no tests of the user's: what plugins do to tests, running them again say, is kept from them."""

from __future__ import annotations

from collections.abc import Iterable
from types import ModuleType
from typing import Any, ClassVar, Final

import pytest
from _pytest.main import FSHookProxy

RUN_OTHERWISE: Final = (
    "flaky",
    "pytest_error_for_skips",
    "pytest_forked",
    "pytest_isolate",
    "pytest_rerunfailures",
    "pytest_timeout",
)
"""Modules of plugins that run a test again, elsewhere or for a while only, or make of its outcome another."""

_TIMEOUT: Final = ("timeout", "pytest_timeout")
"""As an entry point and by `-p`."""

_HOOKS: Final = pytest.StashKey[dict[object, Any]]()


class OwnItem(pytest.Item):
    """An item that other plugins may watch and may not run."""

    kept_off: ClassVar[tuple[str, ...]] = RUN_OTHERWISE
    # pytest-run-parallel warns of items without a function, unless they say that they are meant to have none.
    _parallel_custom_item = True

    def __init__(self, **kwargs: Any) -> None:  # noqa: ANN401 - pytest's own
        super().__init__(**kwargs)
        self._settled_hooks: Any = None
        if any(map(self.config.pluginmanager.hasplugin, _TIMEOUT)):
            # pytest-timeout stands around the whole protocol, and this is its word for no limit.
            self.add_marker(pytest.mark.timeout(0))

    @property
    def ihook(self) -> Any:  # noqa: ANN401 - a relay of hooks, as pytest has it
        """The hooks of all plugins but those that are kept off."""
        if self._settled_hooks is not None:
            return self._settled_hooks
        manager = self.config.pluginmanager
        hooks: Any = super().ihook
        made = self.config.stash.setdefault(_HOOKS, {})
        removed = frozenset(hooks.remove_mods) if isinstance(hooks, FSHookProxy) else frozenset[object]()
        key = (self.kept_off, removed)
        if key not in made:
            off = plugins_of(manager, self.kept_off)
            made[key] = FSHookProxy(manager, removed | off) if off else hooks
        return made[key]

    def settle_hooks(self) -> None:
        """Look for the hooks no more: all has been collected, so that no further conftest.py is to be left out."""
        self._settled_hooks = self.ihook


def settle_hooks(items: Iterable[pytest.Item]) -> None:
    """The same for all items, looking once for those of a file and a kind."""
    found: dict[tuple[object, ...], Any] = {}
    for item in items:
        if isinstance(item, OwnItem):
            key = (item.path, item.kept_off)
            if key not in found:
                found[key] = item.ihook
            item._settled_hooks = found[key]  # noqa: SLF001 - ours


def plugins_of(manager: pytest.PytestPluginManager, modules: Iterable[str]) -> frozenset[object]:
    """The plugins that are made in some modules, whatever names they are registered by."""
    wanted = tuple(f"{module}." for module in modules)
    return frozenset(plugin for plugin in manager.get_plugins() if f"{module_of(plugin)}.".startswith(wanted))


def module_of(plugin: object) -> str:
    """The name of the module that a plugin is, or that its class is made in."""
    kind = plugin if isinstance(plugin, type) else type(plugin)
    return plugin.__name__ if isinstance(plugin, ModuleType) else kind.__module__


class OwnProtocol:
    """Runs items of ours before a plugin that is kept off could take them over."""

    @pytest.hookimpl(tryfirst=True)
    def pytest_runtest_protocol(self, item: pytest.Item, nextitem: pytest.Item | None) -> object | None:
        """Go on with all that neither is kept off nor stands around, as these do already.

        Returns:
            None where there is nothing to keep off, so that pytest goes on itself.
        """
        if not isinstance(item, OwnItem):
            return None
        item.settle_hooks()
        manager, made = item.config.pluginmanager, item.config.stash.setdefault(_HOOKS, {})
        if OwnProtocol not in made:
            impls = manager.hook.pytest_runtest_protocol.get_hookimpls()
            off = plugins_of(manager, item.kept_off)
            around = {impl.plugin for impl in impls if impl.wrapper or impl.hookwrapper}
            made[OwnProtocol] = off and manager.subset_hook_caller(
                "pytest_runtest_protocol", remove_plugins={*off, *around, self}
            )
        goes_on = made[OwnProtocol]
        return goes_on(item=item, nextitem=nextitem) if goes_on else None
