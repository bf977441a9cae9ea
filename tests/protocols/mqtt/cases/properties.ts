/**
 * Table 2-4 of MQTT 5.0, section 2.2.2.2, as the cases name its properties: identifier, data type,
 * one value in the notation of the cases, and the packets that a client may send it in.
 */
export type PropertyKind = "byte" | "u16" | "u32" | "varint" | "text" | "binary" | "pair";

export interface PropertyRow {
  readonly id: number;
  readonly name: string;
  readonly kind: PropertyKind;
  readonly value: string;
  readonly hosts: readonly string[];
}

const EVERYWHERE = "connect will publish puback pubrec pubrel pubcomp subscribe unsubscribe " +
  "disconnect auth";

const TABLE = `
01 format            byte   | 00            | publish will
02 expiry            u32    | 0000000a      | publish will
03 type              text   | 'text/plain'  | publish will
08 response          text   | 'r'           | publish will
09 correlation       binary | 0002 0102     | publish will
0b subId             varint | 01            | subscribe
11 sessionExpiry     u32    | 00000000      | connect disconnect
12 assignedId        text   | 'id'          |
13 serverKeepAlive   u16    | 000a          |
15 authMethod        text   | 'none'        | connect auth
16 authData          binary | 0002 0102     | connect auth
17 requestProblem    byte   | 01            | connect
18 willDelay         u32    | 00000000      | will
19 requestResponse   byte   | 00            | connect
1a responseInfo      text   | 'r'           |
1c serverReference   text   | 'r'           |
1f reason            text   | 'why'         | puback pubrec pubrel pubcomp disconnect auth
21 receiveMax        u16    | 000a          | connect
22 aliasMax          u16    | 000a          | connect
23 alias             u16    | 0001          | publish
24 maxQos            byte   | 01            |
25 retainAvailable   byte   | 01            |
26 user              pair   | 'k' 'v'       | ${EVERYWHERE}
27 maxPacket         u32    | 00010000      | connect
28 wildcardAvailable byte   | 01            |
29 subIdAvailable    byte   | 01            |
2a sharedAvailable   byte   | 01            |
`;

export const PROPERTY_ROWS: readonly PropertyRow[] = TABLE.trim().split("\n").map((line) => {
  const [head, value, hosts] = line.split("|").map((cell) => cell.trim()) as [
    string,
    string,
    string,
  ];
  const [id, name, kind] = head.split(/\s+/) as [string, string, PropertyKind];
  return {
    id: parseInt(id, 16),
    name,
    kind,
    value,
    hosts: hosts.split(" ").filter((host) => host !== ""),
  };
});
