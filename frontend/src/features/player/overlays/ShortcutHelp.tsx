import { X } from "lucide-react";
import { Dialog } from "radix-ui";
import { useTranslation } from "react-i18next";
import { usePlayer, usePlayerState } from "../context";
import { IconButton } from "../controls/IconButton";
import { SHORTCUTS, shownKeys } from "../shortcuts";

/** The keys, from the same map that the player obeys. */
export function ShortcutHelp() {
  const { t } = useTranslation();
  const { actions, stage } = usePlayer();
  const moreKeys = usePlayerState((state) => state.moreKeys);
  const rows = [
    ...SHORTCUTS.map((shortcut) => ({ text: t(`player.key.${shortcut.label}`), shown: shownKeys(shortcut) })),
    ...moreKeys,
  ];
  return (
    <Dialog.Root open onOpenChange={actions.toggleHelp}>
      <Dialog.Portal container={stage}>
        <Dialog.Overlay className="absolute inset-0 z-30 bg-scrim-soft" />
        <Dialog.Content
          aria-describedby={undefined}
          onKeyDown={(event) => event.key === "?" && actions.toggleHelp()}
          className="absolute inset-x-4 top-1/2 z-40 mx-auto max-h-[92%] max-w-xl -translate-y-1/2 overflow-y-auto rounded-card border border-on-film/20 bg-scrim-strong p-5 text-on-film shadow-float"
        >
          <div className="mb-3 flex items-center justify-between">
            <Dialog.Title className="title text-xl">{t("player.keys")}</Dialog.Title>
            <Dialog.Close asChild>
              <IconButton icon={X} label={t("common.close")} />
            </Dialog.Close>
          </div>
          <dl className="grid gap-x-8 gap-y-1.5 text-sm sm:grid-cols-2">
            {rows.map(({ text, shown }) => (
              <div key={text} className="flex items-center justify-between gap-4">
                <dt>{text}</dt>
                <dd>
                  <kbd className="rounded-card border border-on-film/30 px-2 py-0.5 font-sans text-xs">{shown}</kbd>
                </dd>
              </div>
            ))}
          </dl>
        </Dialog.Content>
      </Dialog.Portal>
    </Dialog.Root>
  );
}
