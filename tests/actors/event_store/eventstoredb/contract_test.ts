import { ageLimitContract, eventStoreContract, lastingContract } from "../event_store_contract.ts";
import { openServed, openTimed } from "./opened.ts";

eventStoreContract("eventstoredb event store", openServed);
lastingContract("eventstoredb event store", openServed);
ageLimitContract("eventstoredb event store", openTimed);
