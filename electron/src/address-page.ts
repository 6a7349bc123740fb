/** The address form's own script. */
import type { AddressForm } from "./channels";

declare global {
  interface Window {
    matineeAddress: AddressForm;
  }
}

const field = document.querySelector("input");
const problem = document.querySelector("#problem");

async function fill(): Promise<void> {
  const state = await window.matineeAddress.read();
  if (field !== null) field.value = state.address;
  field?.focus();
  if (problem !== null) problem.textContent = state.problem;
}

async function choose(): Promise<void> {
  const found = await window.matineeAddress.choose(field?.value ?? "");
  if (problem !== null) problem.textContent = found;
}

document.querySelector("form")?.addEventListener("submit", (event) => {
  event.preventDefault();
  void choose();
});
void fill();
