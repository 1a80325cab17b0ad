// The graphs as JavaScript sees them: made, linked, searched, read and written as parts.
#pragma once

#include <node_api.h>

#include "table.h"

namespace nearmiss {

// Puts makeGraph, graphs.now and graphs.later on `exports`.
void offerGraphs(napi_env env, napi_value exports, const Table& (*table)());

}  // namespace nearmiss
