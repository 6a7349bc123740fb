/** Short words at the edge of the screen. The library comes with the first toast, not with the first page. */
export type ToastOptions = { description?: string; action?: { label: string; onClick: () => void } };

export async function toast(title: string, options: ToastOptions = {}): Promise<void> {
  const { toast: show } = await import("sonner");
  show(title, options);
}

export async function toastError(message: string): Promise<void> {
  const { toast: show } = await import("sonner");
  show.error(message);
}
