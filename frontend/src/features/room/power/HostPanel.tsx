import { Lock } from "lucide-react";
import { useTranslation } from "react-i18next";
import { Badge } from "@/components/ui/Badge";
import { Field, Select } from "@/components/ui/Field";
import { randomId } from "@/lib/random-id";
import type { Rule, RulesBody } from "@/types/frames.gen";
import { useRoomSession, useRoomState } from "../use-room";

const PRESETS = ["friends", "host_drives", "ask_host", "democracy", "cinema"] as const;
const WAITS = ["smart", "always", "never"] as const;
const SLOW_S = [0, 5, 10, 30, 60, 300] as const;

type Change = Omit<Rule, "t" | "cid">;

/** How this room runs: hosts change it, everybody else reads it. */
export function HostPanel() {
  const rules = useRoomState((state) => state.rules);
  const mayRule = useRoomState((state) => state.you?.can.includes("rules") ?? false);
  if (rules === null) return null;
  return mayRule ? <RulesForm rules={rules} /> : <RulesNote rules={rules} />;
}

function RulesNote({ rules }: { rules: RulesBody }) {
  const { t } = useTranslation();
  return (
    <div className="flex flex-wrap items-center gap-2 px-4 py-3 text-muted text-xs">
      <p>{t(`power.presets.${rules.preset}`)}</p>
      {rules.slow_s > 0 && <p>{t("power.slow_now", { seconds: rules.slow_s })}</p>}
      {rules.locked && (
        <Badge>
          <Lock aria-hidden className="size-3" />
          {t("power.locked")}
        </Badge>
      )}
    </div>
  );
}

function RulesForm({ rules }: { rules: RulesBody }) {
  const { t } = useTranslation();
  const session = useRoomSession();
  const isOffline = useRoomState((state) => state.connection.status !== "open");
  const change = (what: Change): void => void session.tell({ t: "rule", cid: randomId(), ...what });
  const slow = SLOW_S.includes(rules.slow_s as (typeof SLOW_S)[number]) ? SLOW_S : [...SLOW_S, rules.slow_s];
  return (
    <details className="border-line border-b">
      <summary className="cursor-pointer px-4 py-3 font-medium text-sm">{t("power.heading")}</summary>
      <fieldset disabled={isOffline} data-testid="rules" className="flex flex-col gap-4 px-4 pb-4">
        {isOffline && <p className="text-muted text-sm">{t("power.offline")}</p>}
        <Choice
          label={t("power.preset")}
          value={rules.preset}
          options={PRESETS.map((value) => ({ value, label: t(`power.presets.${value}`) }))}
          onChoose={(preset) => change({ preset })}
        />
        <label className="flex items-center gap-2 text-sm">
          <input
            type="checkbox"
            className="size-5 accent-accent"
            checked={rules.locked}
            onChange={(event) => change({ locked: event.currentTarget.checked })}
          />
          {t("power.lock")}
        </label>
        <Choice
          label={t("power.slow")}
          value={String(rules.slow_s)}
          options={slow.map((seconds) => ({
            value: String(seconds),
            label: seconds === 0 ? t("power.slow_off") : t("power.slow_s", { seconds }),
          }))}
          onChoose={(seconds) => change({ slow_s: Number(seconds) })}
        />
        <Choice
          label={t("power.wait")}
          value={rules.wait}
          options={WAITS.map((value) => ({ value, label: t(`power.waits.${value}`) }))}
          onChoose={(wait) => change({ wait })}
        />
      </fieldset>
    </details>
  );
}

interface ChoiceProps<T extends string> {
  label: string;
  value: T;
  options: { value: T; label: string }[];
  onChoose: (value: T) => void;
}

function Choice<T extends string>({ label, value, options, onChoose }: ChoiceProps<T>) {
  return (
    <Field label={label}>
      {(wiring) => (
        <Select {...wiring} value={value} onChange={(event) => onChoose(event.currentTarget.value as T)}>
          {options.map((option) => (
            <option key={option.value} value={option.value}>
              {option.label}
            </option>
          ))}
        </Select>
      )}
    </Field>
  );
}
