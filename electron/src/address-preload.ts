/** Runs sandboxed before the address form, and only there. */
import { contextBridge, ipcRenderer } from "electron";
import { ADDRESS_CHOOSE, ADDRESS_READ, type AddressForm } from "./channels";

const form: AddressForm = {
  read: () => ipcRenderer.invoke(ADDRESS_READ),
  choose: (address) => ipcRenderer.invoke(ADDRESS_CHOOSE, address),
};

contextBridge.exposeInMainWorld("matineeAddress", form);
