import { CircleAlert } from "lucide-react";

export function FormAlert({ message }: { message: string | null | undefined }) {
  if (!message) return null;
  return (
    <p role="alert" className="flex gap-2.5 rounded-card border border-bad/50 bg-surface p-3 text-sm">
      <CircleAlert aria-hidden className="mt-0.5 size-4 shrink-0 text-bad" />
      {message}
    </p>
  );
}
