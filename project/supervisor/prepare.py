"""One Django start before the servers open: migrations, the system checks, and the set-up link on standard output."""

import sys

import django


def main() -> None:
    django.setup()
    from django.core.management import call_command

    call_command("check", verbosity=0, stdout=sys.stderr)
    call_command("migrate", interactive=False, verbosity=1, stdout=sys.stderr)
    call_command("setup_link")


if __name__ == "__main__":
    main()
