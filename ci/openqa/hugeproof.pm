# SPDX-License-Identifier: LGPL-2.1-or-later
#
# A test module of openQA: runs hugeproof, which is installed, on the system under test, and shows
# each point. HUGEPROOF_SELECTION has other options of func, HUGEPROOF_SECONDS another time.
# See doc/ci.md.
use base 'basetest';
use strict;
use warnings;
use testapi;

my $output = '/tmp/hugeproof.ktap';
my $results = '/tmp/hugeproof-results';

sub run {
    my ($self) = @_;
    my $selection = get_var('HUGEPROOF_SELECTION', '--tier quick');
    my $seconds = get_var('HUGEPROOF_SECONDS', 1800);

    select_console 'root-console';
    my $status = script_run("hugeproof func $selection --budget $seconds --results $results --format ktap > $output", timeout => $seconds + 120);
    die 'hugeproof does not end: the system is stuck, or has crashed' unless defined $status;
    die "hugeproof could not run: status $status" unless grep { $status == $_ } 0, 1, 3;
    # Each point that failed makes this module fail.
    parse_extra_log(KTAP => $output);
    record_info('Not judged', 'see the points that are broken or unknown', result => 'softfail') if $status == 3;
    die 'the kernel failed' if $status == 1;
}

sub post_fail_hook {
    my ($self) = @_;
    script_run("tar -C $results -czf /tmp/hugeproof.tar.gz .");
    upload_logs('/tmp/hugeproof.tar.gz', failok => 1);
}

1;
