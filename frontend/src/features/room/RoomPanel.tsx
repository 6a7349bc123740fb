import { Tabs } from "radix-ui";
import { useTranslation } from "react-i18next";
import { ChatPanel } from "./panel/ChatPanel";
import { MembersList } from "./panel/MembersList";
import { QueuePanel } from "./queue/QueuePanel";
import { useRoomState } from "./use-room";
import { VoiceBar } from "./voice/VoiceBar";

const TAB =
  "flex h-11 flex-1 items-center justify-center gap-1.5 border-transparent border-b-2 text-muted text-sm data-[state=active]:border-accent data-[state=active]:text-text";

/** Beside the film on a desk, below it on a phone. */
export function RoomPanel() {
  const { t } = useTranslation();
  const count = useRoomState((state) => state.members.length);
  const queued = useRoomState((state) => state.queue?.items.length ?? 0);
  return (
    <Tabs.Root
      defaultValue="chat"
      className="flex min-h-0 flex-1 flex-col border-line bg-ground text-text max-lg:portrait:border-t lg:w-88 lg:flex-none lg:border-l landscape:max-lg:w-64 landscape:flex-none landscape:border-l"
    >
      <Tabs.List aria-label={t("room.panel")} className="flex shrink-0 border-line border-b">
        <Tabs.Trigger value="chat" className={TAB}>
          {t("room.chat")}
        </Tabs.Trigger>
        <Tabs.Trigger value="queue" className={TAB} data-testid="queue-tab">
          {t("room.queue.tab")}
          {queued > 0 && <span className="rounded-pill bg-raised px-1.5 text-xs tabular-nums">{queued}</span>}
        </Tabs.Trigger>
        <Tabs.Trigger value="members" className={TAB}>
          {t("room.members")}
          <span className="rounded-pill bg-raised px-1.5 text-xs tabular-nums">{count}</span>
        </Tabs.Trigger>
      </Tabs.List>
      <VoiceBar />
      <Tabs.Content value="queue" forceMount className="min-h-0 flex-1 overflow-y-auto data-[state=inactive]:hidden">
        <QueuePanel />
      </Tabs.Content>
      <Tabs.Content value="chat" forceMount className="flex min-h-0 flex-1 flex-col data-[state=inactive]:hidden">
        <ChatPanel />
      </Tabs.Content>
      <Tabs.Content value="members" forceMount className="min-h-0 flex-1 overflow-y-auto data-[state=inactive]:hidden">
        <MembersList />
      </Tabs.Content>
    </Tabs.Root>
  );
}
