import { expect, it } from "vitest";
import { addressesIn } from "./PlanParty";

it("takes addresses however people separate them", () => {
  expect(addressesIn(" a@x.org, b@x.org;c@x.org\nd@x.org  ")).toEqual(["a@x.org", "b@x.org", "c@x.org", "d@x.org"]);
  expect(addressesIn("  \n")).toEqual([]);
});
