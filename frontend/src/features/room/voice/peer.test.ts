import { afterEach, beforeEach, expect, it, vi } from "vitest";
import { type Note, Peer } from "./peer";
import { FakeConnection, FakeStream, fakeVoiceParts, settle } from "./voice-fakes.test-support";

beforeEach(() => {
  vi.useFakeTimers();
  fakeVoiceParts();
});
afterEach(() => {
  vi.useRealTimers();
  vi.unstubAllGlobals();
});

function make(offers: boolean) {
  const notes: Note[] = [];
  const onBroken = vi.fn();
  const onSound = vi.fn();
  const peer = new Peer([{ urls: ["stun:here"] }], new FakeStream() as unknown as MediaStream, offers, {
    send: (note) => notes.push(note) > 0,
    onSound,
    onBroken,
  });
  const connection = FakeConnection.made.at(-1) as FakeConnection;
  return { peer, connection, notes, onBroken, onSound };
}

const OFFER = { type: "offer", sdp: "v=0\no=theirs\n" } as const;
const ANSWER = { type: "answer", sdp: "v=0\no=theirs\n" } as const;
const LOCAL = "v=0\no=local\n";

it("asks the servers of the house", () => {
  expect(make(true).connection.configuration).toEqual({ iceServers: [{ urls: ["stun:here"] }] });
});

it("offers at one end only, in lines without carriage returns", async () => {
  const [one, other] = [make(true), make(false)];
  await settle();
  expect(one.notes).toEqual([{ sdp: { type: "offer", sdp: LOCAL } }]);
  expect(other.notes).toEqual([]);
});

it("answers an offer, and gives the browser its carriage returns back", async () => {
  const { peer, connection, notes } = make(false);
  await settle();
  peer.hear({ sdp: OFFER });
  await settle();
  expect(connection.remoteDescription?.sdp).toBe("v=0\r\no=theirs\r\n");
  expect(notes).toEqual([{ sdp: { type: "answer", sdp: LOCAL } }]);
});

it("gives way when two offers cross at the polite end, and stands at the other", async () => {
  const [impolite, polite] = [make(true), make(false)];
  await settle();
  impolite.peer.hear({ sdp: OFFER });
  polite.peer.hear({ sdp: OFFER });
  await settle();
  polite.connection.onnegotiationneeded?.();
  await settle();
  polite.peer.hear({ sdp: OFFER });
  await settle();
  expect(impolite.connection.remoteDescription).toBeNull();
  expect(polite.notes.map(({ sdp }) => sdp?.type)).toEqual(["answer", "offer", "answer"]);
});

it("sends its ways, and keeps those of the other end until there is an offer to them", async () => {
  const { peer, connection, notes } = make(false);
  await settle();
  connection.find("candidate:1");
  connection.find("");
  expect(notes).toEqual([{ ice: { candidate: "candidate:1", mid: "0", line: 0, ufrag: null } }]);
  peer.hear({ ice: { candidate: "early", mid: "0", line: 0 } });
  await settle();
  expect(connection.candidates).toEqual([]);
  peer.hear({ sdp: OFFER });
  peer.hear({ ice: { candidate: "bad" } });
  peer.hear({ ice: { candidate: "late", ufrag: "u" } });
  await settle();
  expect(connection.candidates).toEqual([
    { candidate: "early", sdpMid: "0", sdpMLineIndex: 0 },
    { candidate: "late", sdpMid: null, sdpMLineIndex: null, usernameFragment: "u" },
  ]);
});

it("offers again when nothing came of it, and no more once it is connected", async () => {
  const { peer, connection, notes } = make(true);
  await settle();
  await vi.advanceTimersByTimeAsync(6_000);
  expect([notes.length, connection.restarts]).toEqual([2, 1]);
  await vi.advanceTimersByTimeAsync(11_900);
  expect(connection.restarts).toBe(1);
  peer.hear({ sdp: ANSWER });
  await settle();
  connection.becomes("connected");
  await vi.advanceTimersByTimeAsync(60_000);
  expect(notes.length).toBe(2);
  connection.becomes("failed");
  await vi.advanceTimersByTimeAsync(6_000);
  expect(notes.length).toBe(3);
});

it("does nothing about a line that came back while it is connected", async () => {
  const { peer, connection, notes } = make(true);
  await settle();
  connection.becomes("connected");
  peer.resume();
  await settle();
  expect(notes.length).toBe(1);
});

it("says so when the other end is not the one it knows", async () => {
  const { peer, connection, onBroken } = make(false);
  connection.refusesRemote = true;
  peer.hear({ sdp: OFFER });
  await settle();
  expect(onBroken).toHaveBeenCalledOnce();
});

it("hands over the sound, and nothing after it was closed", async () => {
  const { peer, connection, notes, onSound } = make(true);
  const stream = new FakeStream();
  connection.ontrack?.({ streams: [stream], track: stream.getTracks()[0] as never });
  expect(onSound).toHaveBeenCalledWith(stream);
  peer.close();
  await settle();
  await vi.advanceTimersByTimeAsync(60_000);
  peer.hear({ sdp: OFFER });
  await settle();
  expect(notes).toEqual([]);
  expect(connection.signalingState).toBe("closed");
});
