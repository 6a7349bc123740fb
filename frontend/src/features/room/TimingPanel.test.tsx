import { fireEvent, render, screen } from "@testing-library/react";
import userEvent from "@testing-library/user-event";
import { beforeEach, describe, expect, it, vi } from "vitest";
import { rememberedTiming, rememberTiming } from "@/features/player/engine/device-timing";
import type { RoomSession } from "./room-session";
import { TimingPanel } from "./TimingPanel";
import { RoomContext } from "./use-room";

const adjust = vi.fn(rememberTiming);

function show(): void {
  render(
    <RoomContext value={{ adjust } as unknown as RoomSession}>
      <TimingPanel />
    </RoomContext>,
  );
}

beforeEach(() => {
  localStorage.clear();
  adjust.mockClear();
});

describe("what a person says of their device", () => {
  it("reaches the film and is remembered", async () => {
    show();
    await userEvent.click(screen.getByRole("checkbox"));
    fireEvent.change(screen.getByRole("slider"), { target: { value: "150" } });
    expect(adjust).toHaveBeenLastCalledWith({ isSameRoom: true, outputDelayMs: 150 });
    expect(rememberedTiming()).toEqual({ isSameRoom: true, outputDelayMs: 150 });
    expect(screen.getByText("150 ms")).toBeVisible();
  });

  it("is shown as it was left", () => {
    rememberTiming({ isSameRoom: true, outputDelayMs: -45 });
    show();
    expect(screen.getByRole("checkbox")).toBeChecked();
    expect(screen.getByRole("slider")).toHaveValue("-45");
  });
});
