/** The calls a page may make. Each asks first who is calling, then whether the argument is what it says. */
import { type IpcMainInvokeEvent, ipcMain } from "electron";
import { ADDRESS_CHOOSE, ADDRESS_READ, type AddressState, COPY_TEXT, KEEP_AWAKE } from "./channels";
import { isAddressForm, isTrustedSender } from "./guards";

const LONGEST_TEXT = 10_000;

/** What the calls do, once they are let in. */
export interface Duties {
  home(): string;
  addressForm: string;
  copyText(text: string): void;
  keepAwake(isNeeded: boolean): void;
  readAddress(): AddressState;
  chooseAddress(typed: string): string;
}

export function answerPages(duties: Duties): void {
  const fromPage = (event: IpcMainInvokeEvent) => isTrustedSender(event.senderFrame, duties.home());
  const fromForm = (event: IpcMainInvokeEvent) => isAddressForm(event.senderFrame, duties.addressForm);
  ipcMain.handle(COPY_TEXT, (event, text: unknown) => {
    refuseUnless(fromPage(event) && typeof text === "string" && text.length <= LONGEST_TEXT);
    duties.copyText(String(text));
  });
  ipcMain.handle(KEEP_AWAKE, (event, isNeeded: unknown) => {
    refuseUnless(fromPage(event) && typeof isNeeded === "boolean");
    duties.keepAwake(isNeeded === true);
  });
  ipcMain.handle(ADDRESS_READ, (event) => {
    refuseUnless(fromForm(event));
    return duties.readAddress();
  });
  ipcMain.handle(ADDRESS_CHOOSE, (event, typed: unknown) => {
    refuseUnless(fromForm(event) && typeof typed === "string");
    return duties.chooseAddress(String(typed));
  });
}

function refuseUnless(isFine: boolean): void {
  if (!isFine) throw new Error("This page may not do that.");
}
