"""Where a rollout stands."""
