"""auth/*: registering, proving an address, signing in and out, passwords, and the list of devices."""

from uuid import UUID

from drf_spectacular.utils import extend_schema
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.views import APIView

from apps.accounts import selectors, services
from apps.accounts.api.authentication import claims_of, person_of
from apps.accounts.api.cookies import (
    forget_session,
    origin_of,
    refresh_token_of,
    refuse_foreign_page,
)
from apps.accounts.api.serializers import (
    ChangePasswordInput,
    DetailSerializer,
    EmailInput,
    LoginInput,
    RegisterInput,
    ResetPasswordInput,
    SetupInput,
    SignInSerializer,
    VerifyEmailInput,
)
from apps.common.api import parse
from apps.common.permissions import Anyone, IsMember, IsPerson
from apps.common.sessions import REFRESH_COOKIE, SessionSerializer, session_response

SENT = "If this address can be written to, a mail is on its way."


def detail(text: str, *, status: int = 200) -> Response:
    return Response({"detail": text}, status=status)


class RegisterView(APIView):
    permission_classes = [Anyone]
    authentication_classes = []

    @extend_schema(operation_id="register", request=RegisterInput, responses={202: DetailSerializer})
    def post(self, request: Request) -> Response:
        services.register(**parse(RegisterInput, request), origin=origin_of(request))
        return detail(SENT, status=202)


class VerifyEmailView(APIView):
    permission_classes = [Anyone]
    authentication_classes = []

    @extend_schema(operation_id="verify_email", request=VerifyEmailInput, responses=DetailSerializer)
    def post(self, request: Request) -> Response:
        given = parse(VerifyEmailInput, request)
        verify = services.verify_by_link if "token" in given else services.verify_by_code
        verify(**given, origin=origin_of(request))
        return detail("Your address is verified.")


class ResendVerificationView(APIView):
    permission_classes = [Anyone]
    authentication_classes = []

    @extend_schema(operation_id="resend_verification", request=EmailInput, responses={202: DetailSerializer})
    def post(self, request: Request) -> Response:
        services.resend_verification(**parse(EmailInput, request), origin=origin_of(request))
        return detail(SENT, status=202)


class LoginView(APIView):
    permission_classes = [Anyone]
    authentication_classes = []

    @extend_schema(operation_id="login", request=LoginInput, responses=SessionSerializer)
    def post(self, request: Request) -> Response:
        return session_response(services.login(**parse(LoginInput, request), origin=origin_of(request)))


class RefreshView(APIView):
    """The cookie is the credential."""

    permission_classes = [Anyone]
    authentication_classes = []

    @extend_schema(operation_id="refresh", request=None, responses=SessionSerializer)
    def post(self, request: Request) -> Response:
        tokens = services.refresh(token=refresh_token_of(request), origin=origin_of(request))
        return session_response(tokens)


class LogoutView(APIView):
    permission_classes = [Anyone]
    authentication_classes = []

    @extend_schema(operation_id="logout", request=None, responses={204: None})
    def post(self, request: Request) -> Response:
        refuse_foreign_page(request)
        services.sign_out(token=request.COOKIES.get(REFRESH_COOKIE, ""))
        return forget_session(Response(status=204))


class LogoutAllView(APIView):
    permission_classes = [IsPerson]

    @extend_schema(operation_id="logout_all", request=None, responses={204: None})
    def post(self, request: Request) -> Response:
        services.sign_out_everywhere(person_of(request).pk)
        return forget_session(Response(status=204))


class ForgotPasswordView(APIView):
    permission_classes = [Anyone]
    authentication_classes = []

    @extend_schema(operation_id="forgot_password", request=EmailInput, responses={202: DetailSerializer})
    def post(self, request: Request) -> Response:
        services.forgot_password(**parse(EmailInput, request), origin=origin_of(request))
        return detail(SENT, status=202)


class ResetPasswordView(APIView):
    permission_classes = [Anyone]
    authentication_classes = []

    @extend_schema(operation_id="reset_password", request=ResetPasswordInput, responses=DetailSerializer)
    def post(self, request: Request) -> Response:
        services.reset_password(**parse(ResetPasswordInput, request), origin=origin_of(request))
        return detail("Your new password is set. Sign in with it.")


class ChangePasswordView(APIView):
    permission_classes = [IsMember]

    @extend_schema(operation_id="change_password", request=ChangePasswordInput, responses=SessionSerializer)
    def post(self, request: Request) -> Response:
        given = parse(ChangePasswordInput, request)
        return session_response(services.change_password(user=person_of(request), **given, origin=origin_of(request)))


class SignInListView(APIView):
    permission_classes = [IsPerson]

    @extend_schema(operation_id="list_sign_ins", responses=SignInSerializer(many=True))
    def get(self, request: Request) -> Response:
        alive = selectors.live_sign_ins(person_of(request).pk)
        return Response(SignInSerializer(alive, many=True, context={"family": claims_of(request).family}).data)


class SignInView(APIView):
    permission_classes = [IsPerson]

    @extend_schema(operation_id="revoke_sign_in", responses={204: None})
    def delete(self, request: Request, family: UUID) -> Response:
        services.revoke_sign_in(user_id=person_of(request).pk, family=family)
        return Response(status=204)


class SetupView(APIView):
    """The first operator's one-time link."""

    permission_classes = [Anyone]
    authentication_classes = []

    @extend_schema(operation_id="set_up", request=SetupInput, responses={201: SessionSerializer})
    def post(self, request: Request) -> Response:
        tokens = services.set_up_first_operator(**parse(SetupInput, request), origin=origin_of(request))
        return session_response(tokens, status=201)
