import { useMutation, useQuery } from "@tanstack/react-query";
import { Link, useNavigate } from "@tanstack/react-router";
import { Ticket } from "lucide-react";
import { type FormEvent, useState } from "react";
import { useTranslation } from "react-i18next";
import { Button } from "@/components/ui/Button";
import { Field, Input } from "@/components/ui/Field";
import { Skeleton } from "@/components/ui/Skeleton";
import { EmptyState, ErrorState } from "@/components/ui/States";
import { ApiError, api, call } from "@/lib/api";
import { openSession, useMe } from "@/lib/session";
import type { InviteInfo, Me } from "@/types/schemas";

const NAME_KEY = "matinee.guest-name";

/** Wrong, used up, expired, or the room is closed: the invite opens nothing any more. */
function isDeadInvite(error: unknown): boolean {
  return error instanceof ApiError && error.status >= 400 && error.status < 500 && error.status !== 429;
}

export function JoinPage({ token }: { token: string }) {
  const invite = useQuery({
    queryKey: ["invite-info", token],
    queryFn: () => call(api.GET("/api/v1/invites/{token}", { params: { path: { token } } })),
  });
  return (
    <main className="flex min-h-dvh items-center justify-center px-4 py-10">
      {invite.isPending && <Skeleton className="h-96 w-full max-w-md" />}
      {invite.isError && isDeadInvite(invite.error) && <DeadInvite error={invite.error} />}
      {invite.isError && !isDeadInvite(invite.error) && (
        <ErrorState error={invite.error} onRetry={() => void invite.refetch()} />
      )}
      {invite.data && <InviteCard token={token} info={invite.data} />}
    </main>
  );
}

function DeadInvite({ error }: { error: Error }) {
  const { t } = useTranslation();
  return (
    <div role="alert">
      <EmptyState icon={<Ticket aria-hidden />} title={t("room.dead_invite")} text={error.message} />
    </div>
  );
}

function InviteCard({ token, info }: { token: string; info: InviteInfo }) {
  const { t } = useTranslation();
  const me = useMe();
  const { title, host_name: host, room_name: room } = info;
  const invitation = room === title.name ? t("room.invited", { host }) : t("room.invited_to", { host, room });
  return (
    <section className="w-full max-w-md overflow-hidden rounded-card border border-line bg-surface shadow-float">
      <title>{`${info.room_name} · Matinee`}</title>
      <div className="relative aspect-video bg-film" style={{ backgroundColor: title.color }}>
        {title.backdrop_url && <img src={title.backdrop_url} alt="" className="size-full object-cover" />}
        <div className="scrim-up absolute inset-x-0 bottom-0 px-6 pt-16 pb-4 text-on-film">
          <h1 className="title text-3xl">{title.name}</h1>
        </div>
      </div>
      <div className="flex flex-col gap-5 p-6">
        <p>{invitation}</p>
        <JoinForm
          token={token}
          roomId={info.room_id}
          needsPin={info.needs_pin}
          me={me !== null && !me.is_guest ? me : null}
        />
      </div>
    </section>
  );
}

interface JoinFormProps {
  token: string;
  roomId: string;
  needsPin: boolean;
  /** A signed-in member needs no name; a guest gives one. */
  me: Me | null;
}

function JoinForm({ token, roomId, needsPin, me }: JoinFormProps) {
  const { t } = useTranslation();
  const navigate = useNavigate();
  const [name, setName] = useState(() => localStorage.getItem(NAME_KEY) ?? "");
  const [pin, setPin] = useState("");
  const join = useMutation({
    mutationFn: () => (me === null ? joinAsGuest(roomId, token, name.trim(), pin) : joinAsMember(roomId, token, pin)),
    onSuccess: (roomId) => navigate({ to: "/room/$id", params: { id: roomId } }),
    meta: { isShownInPlace: true },
  });
  const submit = (event: FormEvent): void => {
    event.preventDefault();
    join.mutate();
  };
  const fields = join.error instanceof ApiError ? join.error.fields : {};
  const isNamed = fields.name !== undefined || fields.pin !== undefined;
  return (
    <form onSubmit={submit} className="flex flex-col gap-4">
      {me === null && (
        <Field label={t("room.your_name")} error={fields.name}>
          {(wiring) => (
            <Input
              {...wiring}
              data-testid="guest-name"
              required
              maxLength={60}
              autoComplete="nickname"
              value={name}
              onChange={(event) => setName(event.currentTarget.value)}
            />
          )}
        </Field>
      )}
      {needsPin && (
        <Field label={t("room.pin")} hint={t("room.pin_hint")} error={fields.pin}>
          {(wiring) => (
            <Input
              {...wiring}
              required
              inputMode="numeric"
              autoComplete="off"
              value={pin}
              onChange={(event) => setPin(event.currentTarget.value)}
            />
          )}
        </Field>
      )}
      {join.error !== null && !isNamed && (
        <p role="alert" className="text-bad text-sm">
          {join.error.message}
        </p>
      )}
      <Button type="submit" variant="primary" size="lg" data-testid="join" busy={join.isPending}>
        {me === null ? t("room.join") : t("room.join_as", { name: me.name })}
      </Button>
      {me === null && (
        <p className="text-center text-muted text-sm">
          {t("room.have_account")}{" "}
          <Link to="/login" search={{ next: `/join/${token}` }} className="text-accent-text underline">
            {t("room.sign_in")}
          </Link>
        </p>
      )}
    </form>
  );
}

async function joinAsGuest(roomId: string, invite: string, name: string, pin: string): Promise<string> {
  const body = pin === "" ? { invite, name } : { invite, name, pin };
  const session = await call(api.POST("/api/v1/auth/guest", { body }));
  localStorage.setItem(NAME_KEY, name);
  openSession(session);
  return session.user.room_id ?? roomId;
}

async function joinAsMember(roomId: string, invite: string, pin: string): Promise<string> {
  const body = pin === "" ? { invite } : { invite, pin };
  const room = await call(api.POST("/api/v1/rooms/{room_id}/join", { params: { path: { room_id: roomId } }, body }));
  return room.id;
}
