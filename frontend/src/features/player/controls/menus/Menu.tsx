import { Check, ChevronLeft, ChevronRight, type LucideIcon } from "lucide-react";
import { DropdownMenu } from "radix-ui";
import { type ReactNode, useEffect, useRef, useState } from "react";
import { useTranslation } from "react-i18next";
import { cx } from "@/components/ui/cx";
import { usePlayer } from "../../context";
import { IconButton } from "../IconButton";

const ROW =
  "flex min-h-10 cursor-pointer items-center gap-2 rounded-card px-2 text-sm outline-none data-[highlighted]:bg-on-film/15";

interface MenuProps {
  icon: LucideIcon;
  label: string;
  testId: string;
  onOpenChange: (isOpen: boolean) => void;
  children: ReactNode;
}

/** A menu over the picture, in the player's own element so that it is there in full screen too. */
export function Menu({ icon, label, testId, onOpenChange, children }: MenuProps) {
  const { stage } = usePlayer();
  const [isOpen, setOpen] = useState(false);
  const change = (next: boolean): void => {
    setOpen(next);
    onOpenChange(next);
  };
  return (
    <DropdownMenu.Root open={isOpen} onOpenChange={change} modal={false}>
      <DropdownMenu.Trigger asChild>
        <IconButton icon={icon} label={label} data-testid={testId} />
      </DropdownMenu.Trigger>
      <DropdownMenu.Portal container={stage}>
        <DropdownMenu.Content
          side="top"
          align="end"
          sideOffset={8}
          collisionPadding={8}
          className="z-30 max-h-[min(26rem,var(--radix-dropdown-menu-content-available-height))] w-64 overflow-y-auto rounded-card border border-on-film/20 bg-scrim-strong p-1.5 text-on-film shadow-float"
        >
          {children}
        </DropdownMenu.Content>
      </DropdownMenu.Portal>
    </DropdownMenu.Root>
  );
}

/** Leads to a page of the menu; says what is chosen there. */
export function MenuLink({ label, value, onOpen }: { label: string; value: string; onOpen: () => void }) {
  const open = (event: Event): void => {
    event.preventDefault();
    onOpen();
  };
  return (
    <DropdownMenu.Item onSelect={open} className={ROW}>
      <span className="grow">{label}</span>
      <span className="max-w-32 truncate text-on-film-muted">{value}</span>
      <ChevronRight aria-hidden className="size-4 shrink-0 text-on-film-muted" />
    </DropdownMenu.Item>
  );
}

/** Something that happens once; the menu closes unless `staysOpen`. */
export function MenuAction(props: {
  children: ReactNode;
  onChoose: () => void;
  staysOpen?: boolean;
  label?: string;
  className?: string;
  testId?: string;
}) {
  const choose = (event: Event): void => {
    if (props.staysOpen) event.preventDefault();
    props.onChoose();
  };
  return (
    <DropdownMenu.Item
      onSelect={choose}
      aria-label={props.label}
      className={cx(ROW, props.className)}
      data-testid={props.testId}
    >
      {props.children}
    </DropdownMenu.Item>
  );
}

/** A page of the menu under a way back; the focus follows, for the item it was on is gone. */
export function MenuPage({ title, onBack, children }: { title: string; onBack: () => void; children: ReactNode }) {
  const { t } = useTranslation();
  const back = useRef<HTMLDivElement>(null);
  useEffect(() => back.current?.focus(), []);
  const goBack = (event: Event): void => {
    event.preventDefault();
    onBack();
  };
  return (
    <>
      <DropdownMenu.Item
        ref={back}
        onSelect={goBack}
        aria-label={t("player.menu_back", { from: title })}
        className={cx(ROW, "mb-1 font-semibold")}
      >
        <ChevronLeft aria-hidden className="size-4" />
        {title}
      </DropdownMenu.Item>
      {children}
    </>
  );
}

export interface Choice<T> {
  value: T;
  label: string;
  /** Small words behind the label. */
  note?: string;
}

interface ChoicesProps<T> {
  label: string;
  value: T;
  choices: readonly Choice<T>[];
  onChoose: (value: T) => void;
}

/** One of several; the menu stays open so that one can try. */
export function Choices<T extends string | number | null>({ label, value, choices, onChoose }: ChoicesProps<T>) {
  return (
    <DropdownMenu.RadioGroup value={String(value)} aria-label={label}>
      {choices.map((choice) => (
        <DropdownMenu.RadioItem
          key={String(choice.value)}
          value={String(choice.value)}
          onSelect={(event) => {
            event.preventDefault();
            onChoose(choice.value);
          }}
          className={ROW}
        >
          <span className="inline-flex w-4 shrink-0">
            <DropdownMenu.ItemIndicator>
              <Check aria-hidden className="size-4" />
            </DropdownMenu.ItemIndicator>
          </span>
          <span className="grow">{choice.label}</span>
          {choice.note && <span className="text-on-film-muted text-xs">{choice.note}</span>}
        </DropdownMenu.RadioItem>
      ))}
    </DropdownMenu.RadioGroup>
  );
}
