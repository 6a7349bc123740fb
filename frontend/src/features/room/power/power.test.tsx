import { act, fireEvent, render, screen } from "@testing-library/react";
import userEvent from "@testing-library/user-event";
import { beforeEach, describe, expect, it, vi } from "vitest";
import { loadFilmWords } from "@/lib/i18n";
import { resting } from "@/test/fixtures";
import type { Member, RoomClientFrame, RulesBody, WishBody, You } from "@/types/frames.gen";
import { addEvents } from "../feed";
import { RoomSession } from "../room-session";
import type { RoomState } from "../room-store";
import { RoomContext } from "../use-room";
import { HostPanel } from "./HostPanel";
import { RemoteControls } from "./RemoteControls";
import { RoleMenu } from "./RoleMenu";
import { UndoButton } from "./UndoButton";
import { WishCards } from "./WishCards";

const you: You = { id: "me", name: "Me", role: "owner", guest: false, can: ["rules", "grant", "play_pause", "seek"] };
const bob: Member = { id: "bob", name: "Bob", role: "member", guest: false, state: "playing" };
const rules: RulesBody = { preset: "friends", locked: false, slow_s: 0, wait: "smart", host: null };
const wish: WishBody = {
  id: "w1",
  kind: "ask",
  by: "bob",
  name: "Bob",
  op: "seek",
  position: 61.5,
  until_ms: 30_000,
  yes: [],
  no: [],
};
const timeline = resting;

let told: RoomClientFrame[];

function show(what: React.ReactNode, state: Partial<RoomState> = {}): RoomSession {
  const session = new RoomSession("room", { offline: "offline" });
  vi.spyOn(session, "roomNow").mockReturnValue(0);
  vi.spyOn(session, "tell").mockImplementation((frame) => {
    told.push(frame);
    return true;
  });
  session.store.setState({ connection: { status: "open" }, you, rules, timeline, members: [bob], ...state });
  render(<RoomContext value={session}>{what}</RoomContext>);
  return session;
}

beforeEach(async () => {
  told = [];
  await loadFilmWords();
});

describe("the host's panel", () => {
  it("changes one rule at a time", async () => {
    show(<HostPanel />);
    await userEvent.click(screen.getByText("How this room runs"));
    await userEvent.selectOptions(screen.getByLabelText("Who controls"), "democracy");
    await userEvent.click(screen.getByLabelText("Locked: nobody new comes in"));
    await userEvent.selectOptions(screen.getByLabelText("Time between two messages of one person"), "30");
    await userEvent.selectOptions(screen.getByLabelText("When somebody's film stops"), "never");
    expect(told.map(({ t: _t, ...rest }) => rest)).toEqual([
      { cid: expect.any(String), preset: "democracy" },
      { cid: expect.any(String), locked: true },
      { cid: expect.any(String), slow_s: 30 },
      { cid: expect.any(String), wait: "never" },
    ]);
  });

  it("can be read by everybody else", () => {
    show(<HostPanel />, { you: { ...you, can: ["chat"] }, rules: { ...rules, locked: true, slow_s: 10 } });
    expect(screen.queryByRole("combobox")).toBeNull();
    expect(screen.getByText("Locked")).toBeInTheDocument();
    expect(screen.getByText(/one message in 10 s/)).toBeInTheDocument();
  });

  it("rests while there is no connection", () => {
    show(<HostPanel />, { connection: { status: "connecting" } });
    expect(screen.getByLabelText("Who controls")).toBeDisabled();
  });

  it("shows nothing before the room was entered", () => {
    show(<HostPanel />, { rules: null });
    expect(screen.queryByTestId("rules")).toBeNull();
  });
});

describe("the role menu", () => {
  it("gives somebody another role", async () => {
    show(<RoleMenu member={bob} />);
    await userEvent.selectOptions(screen.getByLabelText("Role of Bob"), "cohost");
    expect(told).toEqual([{ t: "role", cid: expect.any(String), uid: "bob", role: "cohost" }]);
  });

  it("is not there for people below", () => {
    show(<RoleMenu member={bob} />, { you: { ...you, role: "member" } });
    expect(screen.queryByRole("combobox")).toBeNull();
  });
});

describe("asks and votes", () => {
  it("are answered with one tap by a host", async () => {
    show(<WishCards />, { wishes: [wish] });
    expect(screen.getByText("Bob asks to go to 1:01")).toBeInTheDocument();
    await userEvent.click(screen.getByRole("button", { name: "Allow" }));
    expect(told).toEqual([{ t: "grant", cid: expect.any(String), ask: "w1", ok: true }]);
  });

  it("show whoever asked that it is on its way", () => {
    show(<WishCards />, { wishes: [{ ...wish, by: "me" }] });
    expect(screen.getByText("Asked the host.")).toBeInTheDocument();
    expect(screen.getByText("30 s")).toBeInTheDocument();
    expect(screen.queryByRole("button")).toBeNull();
  });

  it("let everybody vote, and show how it stands", async () => {
    show(<WishCards />, { wishes: [{ ...wish, kind: "vote", yes: ["bob"], no: ["me"] }] });
    expect(screen.getByText(/1 of 1 votes, 30 s/)).toBeInTheDocument();
    expect(screen.getByRole("status")).toHaveTextContent("Go to 1:01?");
    expect(screen.getByRole("button", { name: "No" })).toHaveAttribute("aria-pressed", "true");
    await userEvent.click(screen.getByRole("button", { name: "Yes" }));
    expect(told).toEqual([{ t: "vote", cid: expect.any(String), vote: "w1", ok: true }]);
  });

  it("go away when their time is up", () => {
    show(<WishCards />, { wishes: [{ ...wish, until_ms: 0 }] });
    expect(screen.queryByTestId("ask")).toBeNull();
  });
});

describe("undo", () => {
  const jump = { seq: 1, k: "seeked", at: "", by: "bob", name: "Bob", data: { from_ms: "90000", at_ms: "0" } } as const;

  it("is offered after a jump", async () => {
    const session = show(<UndoButton />, { lines: addEvents([], [jump]) });
    const command = vi.spyOn(session, "command").mockImplementation(() => undefined);
    await userEvent.click(screen.getByRole("button", { name: "Back to 1:30" }));
    expect(command).toHaveBeenCalledWith({ op: "undo" });
  });

  it("is offered after a step to another film, by that film's name", async () => {
    const data = { from_ms: "90000", at_ms: "0", from: "f", from_title: "Low Tide" };
    const lines = addEvents([], [{ ...jump, k: "switched", data }]);
    const session = show(<UndoButton />, { you: { ...you, can: ["item"] }, lines });
    const command = vi.spyOn(session, "command").mockImplementation(() => undefined);
    await userEvent.click(screen.getByRole("button", { name: "Back to Low Tide" }));
    expect(command).toHaveBeenCalledWith({ op: "undo" });
  });

  const step = { ...jump, k: "switched", data: { ...jump.data, from: "f", from_title: "Low Tide" } } as const;

  it.each([
    ["jump", jump],
    ["step", step],
  ])("is not offered ten seconds after a %s, and then looks at no clock any more", (_, event) => {
    vi.useFakeTimers();
    const can: You["can"] = ["seek", "item"];
    const session = show(<UndoButton />, { you: { ...you, can }, lines: addEvents([], [event]) });
    const now = vi.spyOn(session, "roomNow").mockReturnValue(10_000);
    act(() => void vi.advanceTimersByTime(300));
    expect(screen.getByRole("button")).toBeInTheDocument();
    now.mockReturnValue(10_001);
    act(() => void vi.advanceTimersByTime(300));
    expect(screen.queryByRole("button")).toBeNull();
    now.mockClear();
    act(() => void vi.advanceTimersByTime(5_000));
    expect(now).not.toHaveBeenCalled();
    vi.useRealTimers();
  });

  it.each([
    ["taken back already", ["seek"], [jump, { ...jump, seq: 2, k: "undone" }]],
    ["no right to seek", ["item"], [jump]],
    ["no right to choose films", ["seek"], [step]],
  ] as const)("is not offered: %s", (_, can, events) => {
    show(<UndoButton />, { you: { ...you, can: [...can] }, lines: addEvents([], events) });
    expect(screen.queryByRole("button")).toBeNull();
  });

  it("is not offered for an old jump while the clock is unknown", () => {
    const session = show(<span />);
    vi.spyOn(session, "roomNow").mockReturnValue(null);
    session.store.setState({ lines: addEvents([], [jump]) });
    render(
      <RoomContext value={session}>
        <UndoButton />
      </RoomContext>,
    );
    expect(screen.queryByRole("button")).toBeNull();
  });
});

describe("the remote", () => {
  it("plays, and seeks once for a whole drag", async () => {
    const session = show(<RemoteControls />);
    const command = vi.spyOn(session, "command").mockImplementation(() => undefined);
    await userEvent.click(screen.getByRole("button", { name: "Play" }));
    const bar = screen.getByLabelText("Position in the film");
    for (const value of ["100", "200", "300"]) fireEvent.input(bar, { target: { value } });
    bar.dispatchEvent(new Event("change", { bubbles: true }));
    await userEvent.click(screen.getByRole("button", { name: "Back 10 seconds" }));
    expect(command.mock.calls).toEqual([
      [{ op: "play" }],
      [{ op: "seek", position: 300 }],
      [{ op: "seek", position: 50 }],
    ]);
  });

  it("offers to play what has ended, and asks for no start that is on its way", async () => {
    const ended = show(<RemoteControls />, { timeline: { ...timeline, playing: true, at_ms: -600_000 } });
    const command = vi.spyOn(ended, "command").mockImplementation(() => undefined);
    await userEvent.click(screen.getByRole("button", { name: "Play" }));
    act(() => ended.store.setState({ timeline: { ...timeline, playing: true, at_ms: 2_000 } }));
    await userEvent.click(screen.getByRole("button", { name: "Play" }));
    act(() => ended.store.setState({ wasGoing: true }));
    await userEvent.click(screen.getByRole("button", { name: "Pause" }));
    expect(command.mock.calls).toEqual([[{ op: "play" }], [{ op: "pause" }]]);
  });

  it("seeks nowhere when the drag is taken away, and once for a key that is held", () => {
    const session = show(<RemoteControls />);
    const command = vi.spyOn(session, "command").mockImplementation(() => undefined);
    const bar = screen.getByLabelText("Position in the film");
    fireEvent.input(bar, { target: { value: "100" } });
    fireEvent.pointerCancel(bar);
    bar.dispatchEvent(new Event("change", { bubbles: true }));
    expect(bar).toHaveValue("60");
    for (const value of ["61", "62"]) {
      fireEvent.keyDown(bar, { key: "ArrowRight" });
      fireEvent.input(bar, { target: { value } });
      bar.dispatchEvent(new Event("change", { bubbles: true }));
    }
    fireEvent.keyUp(bar, { key: "ArrowRight" });
    expect(command.mock.calls).toEqual([[{ op: "seek", position: 62 }]]);
  });

  it("asks where the host has to be asked, and rests where only hosts control", async () => {
    const asking = { you: { ...you, can: [] }, rules: { ...rules, preset: "ask_host" as const } };
    const session = show(<RemoteControls />, asking);
    await userEvent.click(screen.getByRole("button", { name: "Play" }));
    expect(told).toEqual([{ t: "ask", cid: expect.any(String), base: 7, op: "play" }]);
    act(() => session.store.setState({ rules: { ...rules, preset: "cinema" } }));
    expect(screen.getByRole("button", { name: "Play" })).toBeDisabled();
  });
});
