"""Who I am, my socket tickets, and the operator's outbox page."""

from drf_spectacular.utils import extend_schema
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.views import APIView

from apps.accounts import selectors, services
from apps.accounts.api.authentication import claims_of, person_of
from apps.accounts.api.serializers import OutboxMailSerializer, TicketInput, TicketSerializer
from apps.accounts.domain import TICKET_LIFETIME
from apps.common.api import parse
from apps.common.permissions import IsOperator, IsPerson
from apps.common.sessions import MeSerializer


class MeView(APIView):
    permission_classes = [IsPerson]

    @extend_schema(operation_id="me", responses=MeSerializer)
    def get(self, request: Request) -> Response:
        return Response(MeSerializer(person_of(request)).data)


class TicketView(APIView):
    permission_classes = [IsPerson]

    @extend_schema(operation_id="issue_ticket", request=TicketInput, responses=TicketSerializer)
    def post(self, request: Request) -> Response:
        given = parse(TicketInput, request)
        ticket = services.issue_ticket(
            user=person_of(request),
            purpose=given["purpose"],
            room_id=given.get("room"),
            family=claims_of(request).family,
        )
        return Response({"ticket": ticket, "expires_in": int(TICKET_LIFETIME.total_seconds())})


class OutboxView(APIView):
    """Mails kept because no SMTP server is set, newest first."""

    permission_classes = [IsOperator]

    @extend_schema(operation_id="list_outbox", responses=OutboxMailSerializer(many=True))
    def get(self, request: Request) -> Response:
        return Response(OutboxMailSerializer(selectors.outbox(), many=True).data)
