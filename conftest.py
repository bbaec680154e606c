"""What pytest loads: the plugin, the fixture modules and the reports."""

pytest_plugins = (
    "harness.plugin",
    "fixtures.bench",
    "fixtures.observation",
    "reports.plugin",
)
