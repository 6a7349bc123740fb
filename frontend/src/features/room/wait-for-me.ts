/** Whether rooms wait for this person when their film stops; remembered on this device, for all rooms. */
import { createStore } from "zustand/vanilla";

const KEY = "matinee.wait-for-me";
const NO = "no";

export const waitForMe = createStore(() => ({ isWaitedFor: localStorage.getItem(KEY) !== NO }));

export function setWaitedFor(isWaitedFor: boolean): void {
  if (isWaitedFor) localStorage.removeItem(KEY);
  else localStorage.setItem(KEY, NO);
  waitForMe.setState({ isWaitedFor });
}
