/** A window on a Matinee server. No pages and no rules of its own: those are the server's. */
import { join } from "node:path";
import { pathToFileURL } from "node:url";
import { app, clipboard, powerSaveBlocker, session } from "electron";
import { Awake } from "./awake";
import { Desktop } from "./desktop";
import { fenceEveryPage, fenceSession } from "./fence";
import { answerPages } from "./ipc";
import { setMenu } from "./menu";
import { readAddress, writeAddress } from "./store";
import { openAddressForm, openPages } from "./windows";

const ADDRESS_FORM = pathToFileURL(join(__dirname, "../pages/address.html")).href;
const isMac = process.platform === "darwin";

function run(): void {
  const profile = app.getPath("userData");
  const awake = new Awake(powerSaveBlocker);
  const desktop = new Desktop({
    openPages,
    openAddressForm: () => openAddressForm(ADDRESS_FORM),
    saveAddress: (address) => writeAddress(profile, address),
    letSleep: () => awake.set(false),
  });
  const home = (): string => desktop.home;
  fenceSession(session.defaultSession, home);
  fenceEveryPage(home, (address) => desktop.choose(address));
  answerPages({
    home,
    addressForm: ADDRESS_FORM,
    copyText: (text) => clipboard.writeText(text),
    keepAwake: (isNeeded) => awake.set(isNeeded),
    readAddress: () => desktop.state,
    chooseAddress: (typed) => desktop.choose(typed),
  });
  setMenu(isMac, () => desktop.ask());
  app.on("second-instance", () => desktop.focus());
  app.on("activate", () => desktop.focus());
  desktop.start(process.env.MATINEE_URL, readAddress(profile));
}

app.enableSandbox();
app.on("window-all-closed", () => {
  if (!isMac) app.quit();
});
if (app.requestSingleInstanceLock()) void app.whenReady().then(run);
else app.quit();
