#!/bin/sh
# Starts one process of the server by name; `web` migrates first (migrations take a lock, so several are harmless).
set -eu
case "${1:-web}" in
  web)
    python manage.py migrate --noinput
    exec daphne -v 0 -b 0.0.0.0 -p 8000 --proxy-headers --websocket_timeout -1 --ping-interval 20 --ping-timeout 30 project.asgi:application ;;
  torrentd) exec python manage.py torrentd ;;
  worker) exec celery -A project worker -Q default,fetch --pool threads --concurrency 4 ;;
  mail) exec celery -A project worker -Q mail --pool threads --concurrency 2 ;;
  transcode) exec celery -A project worker -Q transcode --pool threads --concurrency "$(python -c 'from project.supervisor.roster import FILM_THREADS as n; print(n)')" ;;
  beat) exec celery -A project beat --scheduler celery.beat:Scheduler --pidfile= ;;
  *) exec python manage.py "$@" ;;
esac
