import { useTranslation } from "react-i18next";
import { Select } from "@/components/ui/Field";
import { randomId } from "@/lib/random-id";
import type { Member } from "@/types/frames.gen";
import { useRoomSession, useRoomState } from "../use-room";
import { type GivenRole, rolesToGive } from "./ways";

/** Another role for somebody who stands below; shows nothing to people who have none to give. */
export function RoleMenu({ member }: { member: Member }) {
  const { t } = useTranslation();
  const session = useRoomSession();
  const you = useRoomState((state) => state.you);
  const isOffline = useRoomState((state) => state.connection.status !== "open");
  const roles = you === null ? [] : rolesToGive(you, member);
  if (roles.length === 0) return null;
  const give = (role: GivenRole): void => void session.tell({ t: "role", cid: randomId(), uid: member.id, role });
  return (
    <div className="w-36">
      <Select
        aria-label={t("power.role_of", { name: member.name })}
        className="text-sm"
        disabled={isOffline}
        value={member.role}
        onChange={(event) => give(event.currentTarget.value as GivenRole)}
      >
        {roles.map((role) => (
          <option key={role} value={role}>
            {t(`room.role.${role}`)}
          </option>
        ))}
      </Select>
    </div>
  );
}
