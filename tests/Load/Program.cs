using Chat.Load;

return args switch
{
    ["sign-in-flood", .. var options] => await SignInFlood.RunAsync(LoadOptions.Parse(options)),
    ["servers", .. var options] => await BigServerRun.RunAsync(LoadOptions.Parse(options)),
    _ => Usage(),
};

static int Usage()
{
    Console.Error.WriteLine("""
        Chat.Load <what> [--rate <a second>] [--seconds <n>]

          sign-in-flood   wrong sign-ins from ever new addresses, and what the other routes of identity take meanwhile
          servers         what is asked most of a server with 10,000 members, 200 channels and 50 roles, one request after another

        Starts a system of its own on throw-away data.
        """);
    return 2;
}
