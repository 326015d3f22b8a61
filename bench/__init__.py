"""Every speed claim has a command here: ``python -m bench.NAME``. Results go to bench/results/NAME.json."""
