"""I/O without pytest: scenario files, the deployment, judges and the engine that keeps requests in flight."""
