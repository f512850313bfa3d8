# Sourced by the scripts beside it: `enter PROFILE MODULE …` sets the machine up, then goes on in Python.
cd -- "$(dirname -- "${BASH_SOURCE[0]}")/../.." || exit 1

find_python() {
  local candidate
  for candidate in python3 python3.14 python3.13 python3.12 python3.11; do
    if "$candidate" -c 'import sys; sys.exit(sys.version_info < (3, 11))' 2>/dev/null; then
      echo "$candidate"
      return
    fi
  done
  echo "scripts/${0##*/}: Python 3.11 or newer is missing; install it (Debian 12 or newer: apt-get install python3)." >&2
  return 1
}

enter() {
  local python
  python=$(find_python) || exit 1
  WEIBU_STARTED_AT=$(date +%s) PYTHONPATH=. PYTHONUTF8=1 exec "$python" -m scripts.dev.setup "$@"
}
