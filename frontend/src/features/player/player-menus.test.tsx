import { QueryClient, QueryClientProvider } from "@tanstack/react-query";
import { act, render, screen, waitFor } from "@testing-library/react";
import userEvent from "@testing-library/user-event";
import { afterEach, beforeEach, describe, expect, it, vi } from "vitest";
import { closeSession, openSession } from "@/lib/session";
import { alice, json, sessionOf } from "@/test/fixtures";
import { serve } from "@/test/render";
import { createActions, type Transport } from "./actions";
import { PlayerContext } from "./context";
import { ChapterMenu } from "./controls/menus/ChapterMenu";
import { SettingsMenu } from "./controls/menus/SettingsMenu";
import type { Engine } from "./engine/engine";
import { CentreSign } from "./overlays/CentreSign";
import { SkipButton } from "./overlays/SkipButton";
import { UploadSubtitles } from "./overlays/UploadSubtitles";
import { createPlayerStore } from "./store";
import type { SubtitleTrack } from "./tracks/types";

const seek = vi.fn();
const own = { titleId: "t1", refresh: vi.fn(async () => null) };
const engine = { setLevel: vi.fn(), setAudio: vi.fn() };

function show(what: React.ReactNode, { canUpload = true, canSeek = true } = {}) {
  const stage = document.body;
  const video = document.createElement("video");
  const store = createPlayerStore(100);
  const transport: Transport = {
    play: vi.fn(),
    pause: vi.fn(),
    seek,
    setRate: vi.fn(),
    offersPlay: () => store.getState().isPaused,
    watchOffer: () => () => undefined,
    isShared: false,
    can: { playPause: true, seek: canSeek, rate: true },
  };
  const actions = createActions({ store, video, stage, engine: () => engine as unknown as Engine, transport });
  render(
    <QueryClientProvider client={new QueryClient()}>
      <PlayerContext
        value={{ store, actions, video, stage, kbps: () => 0, step: () => undefined, own: canUpload ? own : null }}
      >
        {what}
      </PlayerContext>
    </QueryClientProvider>,
  );
  return { store };
}

const level = (id: number, height: number, isSource = false) => ({ id, height, kbps: height * 4, isSource });
const track = (id: string, over: Partial<SubtitleTrack> = {}): SubtitleTrack => ({
  id,
  lang: "en",
  name: id,
  kind: "text",
  url: `/${id}.vtt`,
  isForced: false,
  isUploaded: false,
  isMine: false,
  offsetMs: 0,
  ...over,
});
const none = () => undefined;
const press = (name: string | RegExp) => userEvent.click(screen.getByRole("menuitem", { name }));
const labels = () => screen.getAllByRole("menuitemradio").map((item) => item.textContent);

beforeEach(() => {
  vi.clearAllMocks();
  openSession(sessionOf(alice));
});
afterEach(() => {
  vi.unstubAllGlobals();
  closeSession();
});

describe("the settings", () => {
  const open = () => userEvent.click(screen.getByTestId("settings"));

  it("say which quality plays now, and which one is the upload itself", async () => {
    const { store } = show(<SettingsMenu onOpenChange={none} />);
    act(() => store.setState({ levels: [level(0, 480), level(1, 720), level(2, 1080, true)], activeLevel: 1 }));
    await open();
    await press(/Quality/);
    expect(labels()).toEqual(["Auto (720p)", "1080p, as uploaded4.3 Mbit/s", "720p2.9 Mbit/s", "480p1.9 Mbit/s"]);
    await userEvent.click(screen.getByRole("menuitemradio", { name: /480p/ }));
    expect(engine.setLevel).toHaveBeenCalledWith(0);
    expect(screen.getByRole("menuitemradio", { name: /480p/ })).toBeChecked(); // open still, so that one can try
  });

  it("switch the language, and tell surround sound apart", async () => {
    const { store } = show(<SettingsMenu onOpenChange={none} />);
    const audio = [
      { id: 0, lang: "en", name: "English", channels: 2 },
      { id: 1, lang: "en", name: "English", channels: 6 },
      { id: 2, lang: "de", name: "German", channels: 2 },
    ];
    act(() => store.setState({ audio }));
    await open();
    await press(/Sound track/);
    expect(labels()).toEqual(["English", "English5.1", "German"]);
    await userEvent.click(screen.getByRole("menuitemradio", { name: "German" }));
    expect(engine.setAudio).toHaveBeenCalledWith(2);
  });

  it("say why the film plays as it does", async () => {
    const { store } = show(<SettingsMenu onOpenChange={none} />);
    const reasons = ["The picture is copied as it is.", "The sound is not AAC; browsers get AAC instead."];
    await open();
    expect(screen.queryByRole("menuitem", { name: /Why/ })).not.toBeInTheDocument();
    act(() => store.setState({ reasons }));
    await press(/Why it plays like this/);
    expect(screen.getAllByRole("listitem").map((item) => item.textContent)).toEqual(reasons);
  });

  it("choose, move and switch off subtitles", async () => {
    const { store } = show(<SettingsMenu onOpenChange={none} />);
    act(() => store.setState({ subtitles: [track("English"), track("Signs", { isForced: true })] }));
    await open();
    await press(/Subtitles/);
    expect(labels()).toEqual(["Off", "English", "SignsForeign parts only"]);
    expect(screen.queryByTestId("timing")).not.toBeInTheDocument();
    await userEvent.click(screen.getByRole("menuitemradio", { name: "English" }));
    await press("Subtitles 1 s later");
    await press("Subtitles 50 ms earlier");
    expect(screen.getByTestId("timing")).toHaveTextContent("+0.95 s");
    await userEvent.click(screen.getByRole("menuitemradio", { name: "Off" }));
    expect(store.getState().subtitleId).toBeNull();
  });

  it("offer uploads to members only", async () => {
    show(<SettingsMenu onOpenChange={none} />, { canUpload: false });
    await open();
    await press(/Subtitles/);
    expect(screen.queryByTestId("upload-subtitles")).not.toBeInTheDocument();
  });

  it("let people take back what they brought", async () => {
    const asked = serve({ "DELETE /subtitles/mine": () => new Response(null, { status: 204 }) });
    const { store } = show(<SettingsMenu onOpenChange={none} />);
    act(() => store.setState({ subtitles: [track("theirs", { isUploaded: true }), track("mine", { isMine: true })] }));
    act(() => store.setState({ subtitleId: "theirs" }));
    await open();
    await press(/Subtitles/);
    expect(screen.queryByRole("menuitem", { name: "Remove these subtitles" })).not.toBeInTheDocument();
    await userEvent.click(screen.getByRole("menuitemradio", { name: "mine" }));
    await press("Remove these subtitles");
    await waitFor(() => expect(own.refresh).toHaveBeenCalledOnce());
    expect(asked).toEqual(["DELETE /subtitles/mine"]);
    expect(store.getState().subtitleId).toBeNull();
  });

  it("let the operator remove what others brought", async () => {
    openSession(sessionOf({ ...alice, is_operator: true }));
    const asked = serve({ "DELETE /subtitles/theirs": () => new Response(null, { status: 204 }) });
    const { store } = show(<SettingsMenu onOpenChange={none} />);
    act(() => store.setState({ subtitles: [track("theirs", { isUploaded: true }), track("in-the-film")] }));
    act(() => store.setState({ subtitleId: "in-the-film" }));
    await open();
    await press(/Subtitles/);
    expect(screen.queryByRole("menuitem", { name: "Remove these subtitles" })).not.toBeInTheDocument();
    await userEvent.click(screen.getByRole("menuitemradio", { name: /theirs/ }));
    await press("Remove these subtitles");
    await waitFor(() => expect(asked).toEqual(["DELETE /subtitles/theirs"]));
  });

  it("are walked with the keyboard, there and back", async () => {
    const { store } = show(<SettingsMenu onOpenChange={none} />);
    act(() => store.setState({ levels: [level(0, 480), level(1, 720)] }));
    screen.getByTestId("settings").focus();
    await userEvent.keyboard("{Enter}{Enter}");
    const back = await screen.findByRole("menuitem", { name: "Quality, back to all settings" });
    await waitFor(() => expect(back).toHaveFocus());
    await userEvent.keyboard("{Enter}");
    expect(screen.getByRole("menuitem", { name: /Speed/ })).toBeInTheDocument();
  });
});

describe("chapters", () => {
  const chapters = [
    { start: 0, end: 40, title: "Arrival" },
    { start: 40, end: 100, title: "" },
  ];

  it("are a menu that seeks", async () => {
    const { store } = show(<ChapterMenu onOpenChange={none} />);
    expect(screen.queryByTestId("chapters")).not.toBeInTheDocument();
    act(() => store.setState({ chapters, time: 50 }));
    await userEvent.click(screen.getByTestId("chapters"));
    expect(labels()).toEqual(["Arrival0:00", "Chapter 20:40"]);
    expect(screen.getByRole("menuitemradio", { name: /Chapter 2/ })).toBeChecked();
    await userEvent.click(screen.getByRole("menuitemradio", { name: /Arrival/ }));
    expect(seek).toHaveBeenLastCalledWith(0);
  });
});

describe("the skip button", () => {
  const marks = [{ kind: "intro" as const, start: 5, end: 35 }];

  it("is there inside the intro only, and goes to its end", async () => {
    const { store } = show(<SkipButton />);
    act(() => store.setState({ marks, hasPicture: true, time: 2 }));
    expect(screen.queryByTestId("skip")).not.toBeInTheDocument();
    act(() => store.setState({ time: 8 }));
    await userEvent.click(screen.getByRole("button", { name: "Skip intro" }));
    expect(seek).toHaveBeenLastCalledWith(35);
    act(() => store.setState({ time: 36 }));
    expect(screen.queryByTestId("skip")).not.toBeInTheDocument();
  });

  it("is not for people who may not seek", () => {
    const { store } = show(<SkipButton />, { canSeek: false });
    act(() => store.setState({ marks, hasPicture: true, time: 8 }));
    expect(screen.queryByTestId("skip")).not.toBeInTheDocument();
  });
});

describe("a wait", () => {
  it("has a wheel at once and words after a second", () => {
    vi.useFakeTimers();
    const { store } = show(<CentreSign />);
    act(() => store.setState({ hasPicture: true, isPaused: false, isWaiting: true }));
    expect(screen.getByRole("status")).toBeInTheDocument();
    expect(screen.queryByTestId("waiting")).not.toBeInTheDocument();
    act(() => void vi.advanceTimersByTime(1_100));
    expect(screen.getByTestId("waiting")).toHaveTextContent("Loading more of the film");
    vi.useRealTimers();
  });

  it("for a part that is being made says so", () => {
    const { store } = show(<CentreSign />);
    act(() => store.setState({ hasPicture: true, isPaused: false, isWaiting: true, isPreparing: true }));
    expect(screen.getByTestId("waiting")).toHaveTextContent("This part is being prepared.");
  });
});

describe("own subtitles", () => {
  const upload = "POST /titles/t1/subtitles";
  const open = () => {
    const { store } = show(<UploadSubtitles own={own} />);
    act(() => store.setState({ isUploadOpen: true }));
    return store;
  };
  const choose = (name: string) =>
    userEvent.upload(screen.getByLabelText("Subtitle file"), new File(["1"], name), { applyAccept: false });

  it("are sent with the language that the name speaks of, and shown at once", async () => {
    const asked = serve({ [upload]: () => json({ id: "u-12345678" }, 201) });
    const store = open();
    await choose("Night.Train.ger.srt");
    expect(screen.getByLabelText("Language")).toHaveValue("de");
    await userEvent.click(screen.getByTestId("subtitle-submit"));
    await waitFor(() => expect(store.getState().isUploadOpen).toBe(false));
    expect(asked).toEqual([upload]);
    expect(own.refresh).toHaveBeenCalledOnce();
    expect(store.getState().subtitleId).toBe("u-12345678");
  });

  it("that arrive after the window was closed do not open it again", async () => {
    let answer: (response: Response) => void = none;
    serve({ [upload]: () => new Promise<Response>((resolve) => (answer = resolve)) });
    const store = open();
    await choose("Night.Train.ger.srt");
    await userEvent.click(screen.getByTestId("subtitle-submit"));
    await userEvent.click(screen.getByRole("button", { name: "Cancel" }));
    expect(store.getState().isUploadOpen).toBe(false);
    answer(json({ id: "u-12345678" }, 201));
    await waitFor(() => expect(store.getState().subtitleId).toBe("u-12345678"));
    expect(store.getState().isUploadOpen).toBe(false);
  });

  it("of a kind nobody reads are refused before anything is sent", async () => {
    const asked = serve({});
    open();
    await choose("film.idx");
    expect(await screen.findByText(/not a subtitle file that Matinee reads/)).toBeInTheDocument();
    await userEvent.click(screen.getByTestId("subtitle-submit"));
    expect(screen.getByText("Choose the language of the subtitles.")).toBeInTheDocument();
    expect(asked).toEqual([]);
  });

  it("that the server cannot read come back with its words beside the file", async () => {
    const detail = "There is no line of text with a time in this file.";
    serve({ [upload]: () => json({ detail: "Invalid.", code: "invalid", fields: { file: detail } }, 400) });
    open();
    await choose("Night.Train.en.srt");
    await userEvent.click(screen.getByTestId("subtitle-submit"));
    expect(await screen.findByText(detail)).toBeInTheDocument();
  });

  it("are not lost when nobody answers", async () => {
    vi.stubGlobal("fetch", () => Promise.reject(new TypeError("network")));
    const store = open();
    await choose("Night.Train.en.srt");
    await userEvent.click(screen.getByTestId("subtitle-submit"));
    expect(await screen.findByText(/Matinee does not answer/)).toBeInTheDocument();
    expect(store.getState().isUploadOpen).toBe(true);
  });
});
