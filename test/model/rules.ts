import fc from "fast-check";
import { clients, contexts, groups, roles, scopes, tenants } from "./names.ts";
import type { ModelRule } from "./reference.ts";

/** The requirement of a configuration, on the one route that names none. */
export const defaultRules = [
  { kind: "user", scopes: ["access_as_user"] },
  { kind: "app", anyRole: ["Orders.Read.All", "Orders.Admin"] },
] as const;

const some = <T>(of: readonly T[]) => fc.subarray([...of], { minLength: 1 });
const absent = fc.constant(undefined);
/** Mostly absent, so that many tokens meet the rule. */
const seldom = <T>(of: readonly T[]) => fc.oneof({ weight: 3, arbitrary: absent }, { weight: 1, arbitrary: some(of) });
const rarely = <T>(of: readonly T[]) => fc.oneof({ weight: 9, arbitrary: absent }, { weight: 1, arbitrary: some(of) });
const often = <T>(of: readonly T[]) => fc.oneof(absent, some(of));

const circumstances = {
  from: fc.constantFrom(undefined, undefined, ["default"], ["customers"], ["default", "customers"]),
  clients: seldom(clients),
  tenants: seldom(Object.values(tenants)),
  agent: fc.constantFrom(...Array(8).fill(undefined), "only" as const, "never" as const),
};

const forUsers = fc
  .record({ scopes: often(scopes), anyScope: often(scopes), roles: seldom(roles), anyRole: seldom(roles) })
  .filter((rule) => rule.scopes !== undefined || rule.anyScope !== undefined);

const rolesOfUsers = fc
  .record({ kind: fc.constant("user" as const), roles: often(roles), anyRole: often(roles) })
  .filter((rule) => rule.roles !== undefined || rule.anyRole !== undefined);

const forApps = fc
  .record({
    kind: fc.constantFrom("app" as const, undefined),
    roles: often(roles),
    anyRole: often(roles),
    ...circumstances,
  })
  .filter((rule) => rule.roles !== undefined || rule.anyRole !== undefined);

const stepUp = { acrs: seldom(contexts), groups: rarely(groups), anyGroup: rarely(groups), ...circumstances };

const rule = fc
  .oneof(
    { weight: 4, arbitrary: fc.record(stepUp).chain((more) => forUsers.map((one) => ({ ...one, ...more }))) },
    { weight: 1, arbitrary: fc.record(stepUp).chain((more) => rolesOfUsers.map((one) => ({ ...one, ...more }))) },
    { weight: 3, arbitrary: forApps },
  )
  .map(
    (members) => Object.fromEntries(Object.entries(members).filter(([, value]) => value !== undefined)) as ModelRule,
  );

/** Requirements of routes: one to three alternatives. */
export const ruleLists: fc.Arbitrary<readonly ModelRule[]> = fc.array(rule, { minLength: 1, maxLength: 3 });
