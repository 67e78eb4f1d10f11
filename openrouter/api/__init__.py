"""Operations of the API: pure functions from typed arguments to calls. One file per area."""
