// A call from JavaScript: what it was given, and how it is run, at once or as a promise.
#pragma once

#include <node_api.h>

#include <exception>
#include <functional>
#include <new>
#include <optional>
#include <string>
#include <vector>

#include "pool.h"
#include "table.h"

namespace nearmiss {

// What a function was called with.
struct Arguments {
  napi_env env;
  std::vector<napi_value> values;

  Arguments(napi_env e, napi_callback_info info) : env(e) {
    size_t count = 0;
    napi_get_cb_info(env, info, &count, nullptr, nullptr, nullptr);
    values.resize(count);
    napi_get_cb_info(env, info, &count, values.data(), nullptr, nullptr);
  }
  double number(size_t i) const {
    double value = 0;
    napi_get_value_double(env, values[i], &value);
    return value;
  }
  // null where there is none
  template <class Number>
  Number* array(size_t i) const {
    void* data = nullptr;
    napi_get_typedarray_info(env, values[i], nullptr, nullptr, &data, nullptr, nullptr);
    return static_cast<Number*>(data);
  }
};

// A call read from JavaScript, and how it is run: results go into the arrays it was handed.
typedef std::function<void()> Work;
typedef Work (*Read)(const Arguments&);

// Runs it; what to tell JavaScript where it could not be run.
template <class Step>
std::optional<std::string> refusal(const char* name, const Step& step) {
  try {
    step();
    return std::nullopt;
  } catch (const NoMemory& none) {
    return std::string(name) + ": a working buffer must fit in memory, got " + std::to_string(none.bytes) + " bytes";
  } catch (const std::bad_alloc&) {
    return std::string(name) + ": its working memory must be there to be had, got none";
  } catch (const std::exception& error) {
    return std::string(name) + ": must not fail, got " + error.what();
  }
}

inline void run(const Work& work) {
  const Call call;
  work();
}

// What a function was made with: the kernel's name.
inline const char* nameOf(napi_env env, napi_callback_info info) {
  void* name = nullptr;
  napi_get_cb_info(env, info, nullptr, nullptr, nullptr, &name);
  return static_cast<const char*>(name);
}

template <Read read>
napi_value now(napi_env env, napi_callback_info info) {
  const auto refused = refusal(nameOf(env, info), [&] { run(read(Arguments(env, info))); });
  if (refused) napi_throw_range_error(env, nullptr, refused->c_str());
  return nullptr;
}

// A call on a thread of libuv's, its arrays held until it is done.
struct Pending {
  const char* name;
  Work work;
  std::optional<std::string> refused;
  napi_ref held = nullptr;
  napi_deferred deferred = nullptr;
  napi_async_work async = nullptr;
};

inline void execute(napi_env, void* data) {
  Pending* pending = static_cast<Pending*>(data);
  pending->refused = refusal(pending->name, [&] { run(pending->work); });
}

inline void complete(napi_env env, napi_status, void* data) {
  Pending* done = static_cast<Pending*>(data);
  napi_value result;
  if (done->refused) {
    napi_value message;
    napi_create_string_utf8(env, done->refused->c_str(), NAPI_AUTO_LENGTH, &message);
    napi_create_range_error(env, nullptr, message, &result);
    napi_reject_deferred(env, done->deferred, result);
  } else {
    napi_get_undefined(env, &result);
    napi_resolve_deferred(env, done->deferred, result);
  }
  napi_delete_reference(env, done->held);
  napi_delete_async_work(env, done->async);
  delete done;
}

// The same as now, as a promise.
template <Read read>
napi_value later(napi_env env, napi_callback_info info) {
  const Arguments given(env, info);
  Pending* pending = new Pending{nameOf(env, info), read(given), {}};
  napi_value promise, held, name;
  napi_create_promise(env, &pending->deferred, &promise);
  napi_create_array_with_length(env, given.values.size(), &held);
  for (size_t i = 0; i < given.values.size(); i++) napi_set_element(env, held, i, given.values[i]);
  napi_create_reference(env, held, 1, &pending->held);
  napi_create_string_utf8(env, "nearmiss", NAPI_AUTO_LENGTH, &name);
  napi_create_async_work(env, nullptr, name, execute, complete, pending, &pending->async);
  napi_queue_async_work(env, pending->async);
  return promise;
}

struct Function {
  const char* name;
  napi_callback call;
};

inline void offer(napi_env env, napi_value object, const std::vector<Function>& functions) {
  for (const auto& [name, call] : functions) {
    napi_value function;
    napi_create_function(env, name, NAPI_AUTO_LENGTH, call, const_cast<char*>(name), &function);
    napi_set_named_property(env, object, name, function);
  }
}

// ids, classes, queryClass, dead, allowed, how many bytes that has, and the offsets and ids of those excluded a query: eight arguments from
// `at` on, null where there are none
inline Exclusions exclusions(const Arguments& given, size_t at) {
  Exclusions all{};
  all.ids = given.array<uint32_t>(at);
  all.classes = given.array<int32_t>(at + 1);
  all.queryClass = given.array<int32_t>(at + 2);
  all.dead = given.array<uint8_t>(at + 3);
  all.allowed = given.array<uint8_t>(at + 4);
  all.allowedBytes = given.number(at + 5);
  all.offsets = given.array<uint32_t>(at + 6);
  all.excluded = given.array<uint32_t>(at + 7);
  return all;
}

}  // namespace nearmiss
