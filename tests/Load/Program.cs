using Chat.Load;
using Chat.Load.MessagePath;

return args switch
{
    ["sign-in-flood", .. var options] => await SignInFlood.RunAsync(LoadOptions.Parse(options)),
    ["servers", .. var options] => await BigServerRun.RunAsync(LoadOptions.Parse(options)),
    ["send", .. var options] => await SendRun.RunAsync(LoadOptions.Parse(options)),
    ["messages", .. var options] => await MessagesRun.RunAsync(LoadOptions.Parse(options)),
    _ => Usage(),
};

static int Usage()
{
    Console.Error.WriteLine("""
        Chat.Load <what> [--rate <a second>] [--seconds <n>] [--rounds <n>] [--messages <n>] [--output <file>]

          sign-in-flood   wrong sign-ins from ever new addresses, and what the other routes of identity take meanwhile
          servers         what is asked most of a server with 10,000 members, 200 channels and 50 roles, one request after another
          send            sends to messaging without the gateway, grouped into transactions and not, in turns (--seconds, --rounds, --output)
          messages        history, changes and search among five million messages, a million of them in one channel (--messages, --seconds, --output)

        Starts a system of its own on throw-away data.
        """);
    return 2;
}
