"""What goes over the wire about people. Responses are allow-lists; inputs refuse fields they do not know."""

from typing import Any

from rest_framework import serializers

from apps.accounts.domain import NAME_MAX, TicketPurpose
from apps.accounts.models import SignIn
from apps.common.api import StrictSerializer
from apps.common.models import OutboxMail

PASSWORD_MAX = 256  # argon2 takes any length; this keeps one call from hashing megabytes
SECRET_MAX = 128
EMAIL_MAX = 254


def password_field() -> serializers.CharField:
    return serializers.CharField(max_length=PASSWORD_MAX, trim_whitespace=False, write_only=True)


class RegisterInput(StrictSerializer):
    email = serializers.EmailField(max_length=EMAIL_MAX)
    name = serializers.CharField(max_length=NAME_MAX)
    password = password_field()


class VerifyEmailInput(StrictSerializer):
    """Either the link's ``token``, or ``email`` and the 6-digit ``code``."""

    token = serializers.CharField(max_length=SECRET_MAX, required=False)
    email = serializers.EmailField(max_length=EMAIL_MAX, required=False)
    code = serializers.RegexField(r"^\d{6}$", required=False)

    def validate(self, attrs: dict[str, Any]) -> dict[str, Any]:
        if set(attrs) not in ({"token"}, {"email", "code"}):
            raise serializers.ValidationError("Send either token, or email and code.")
        return attrs


class EmailInput(StrictSerializer):
    email = serializers.EmailField(max_length=EMAIL_MAX)


class LoginInput(StrictSerializer):
    email = serializers.EmailField(max_length=EMAIL_MAX)
    password = password_field()


class ResetPasswordInput(StrictSerializer):
    token = serializers.CharField(max_length=SECRET_MAX)
    password = password_field()


class ChangePasswordInput(StrictSerializer):
    current = password_field()
    new = password_field()


class SetupInput(RegisterInput):
    token = serializers.CharField(max_length=SECRET_MAX)


class TicketInput(StrictSerializer):
    purpose = serializers.ChoiceField(choices=[purpose.value for purpose in TicketPurpose])
    room = serializers.UUIDField(required=False)


class DetailSerializer(serializers.Serializer[dict[str, str]]):
    detail = serializers.CharField()


class SignInSerializer(serializers.ModelSerializer[SignIn]):
    is_current = serializers.SerializerMethodField()

    class Meta:
        model = SignIn
        fields = ["id", "device", "address", "created_at", "last_used_at", "is_current"]
        read_only_fields = fields

    def get_is_current(self, sign_in: SignIn) -> bool:
        return bool(sign_in.pk == self.context["family"])


class TicketSerializer(serializers.Serializer[dict[str, Any]]):
    ticket = serializers.CharField()
    expires_in = serializers.IntegerField()


class OutboxMailSerializer(serializers.ModelSerializer[OutboxMail]):
    class Meta:
        model = OutboxMail
        fields = ["id", "to", "subject", "text", "created_at"]
