import { Monitor, Moon, Sun } from "lucide-react";
import { RadioGroup } from "radix-ui";
import { useState } from "react";
import { useTranslation } from "react-i18next";
import { chooseTheme, storedTheme, type Theme } from "@/lib/theme";

const CHOICES = [
  { theme: "dark", label: "account.theme_dark", icon: Moon },
  { theme: "light", label: "account.theme_light", icon: Sun },
  { theme: "system", label: "account.theme_system", icon: Monitor },
] as const;

export function ThemeChoice() {
  const { t } = useTranslation();
  const [theme, setTheme] = useState<Theme>(storedTheme);
  const choose = (value: string) => {
    const next = CHOICES.find((choice) => choice.theme === value)?.theme ?? "dark";
    chooseTheme(next);
    setTheme(next);
  };
  return (
    <RadioGroup.Root
      value={theme}
      onValueChange={choose}
      aria-label={t("account.theme")}
      className="grid max-w-xl gap-3 sm:grid-cols-3"
    >
      {CHOICES.map(({ theme: value, label, icon: Icon }) => (
        <RadioGroup.Item
          key={value}
          value={value}
          className="flex h-12 items-center gap-2.5 rounded-card border border-line px-4 text-muted text-sm transition-colors hover:border-edge data-[state=checked]:border-accent-text data-[state=checked]:bg-surface data-[state=checked]:font-semibold data-[state=checked]:text-text"
        >
          <Icon aria-hidden className="size-4.5" />
          {t(label)}
        </RadioGroup.Item>
      ))}
    </RadioGroup.Root>
  );
}
